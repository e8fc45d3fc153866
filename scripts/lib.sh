# shellcheck shell=bash
# For the scripts beside it: makes sure that the dependencies are there and runs TypeScript with them.

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() {
  printf '%s\n' "$*" >&2
}

require_program() {
  command -v "$1" >/dev/null || {
    say "error: $1 is not on the PATH: install $2 and run the same command again"
    return 1
  }
}

# npm writes the hidden file when it has installed everything.
ensure_dependencies() {
  require_program node "Node.js 20 or newer"
  require_program npm "npm, which comes with Node.js"
  local installed="$repository/node_modules/.package-lock.json"
  if [[ ! -e "$installed" || "$repository/package-lock.json" -nt "$installed" ]]; then
    say "installing development dependencies into node_modules (npm ci, about half a minute)"
    (cd "$repository" && npm ci --no-progress) >&2
    touch "$installed"
  fi
  "$repository/node_modules/.bin/bun" --version >/dev/null || {
    say "error: node_modules/.bin/bun does not run: let \`npm ci\` run install scripts (\`npm config get ignore-scripts\`)"
    return 1
  }
}

# run_typescript NAME [ARGUMENT ...]: scripts/NAME.ts, in the directory of the caller
run_typescript() {
  local script="$repository/scripts/$1.ts"
  shift
  PATH="$repository/node_modules/.bin:$PATH" bun "$script" "$@"
}
