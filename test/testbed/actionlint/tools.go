//go:build tools

// Package tools pins the linter of the workflows; it is never compiled.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
