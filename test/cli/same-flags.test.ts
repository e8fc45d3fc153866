import { expect, test } from "bun:test";
import { withSameFlags } from "../../src/cli/same-flags.ts";
import { PivotError } from "../../src/model/error.ts";

const TYPED = ["--kubeconfig=a b", "--to-context=prod", "--namespace=web", "--yes"];

const rows: readonly [string, string, string][] = [
  [
    "a command gets the flags that name the clusters, quoted",
    "kubectl capi-pivot resume   # finishes that run; rollback puts everything back",
    "kubectl capi-pivot resume '--kubeconfig=a b' --to-context=prod   # finishes that run; rollback puts everything back",
  ],
  [
    "at the end of a hint too",
    "kubectl capi-pivot rollback",
    "kubectl capi-pivot rollback '--kubeconfig=a b' --to-context=prod",
  ],
  [
    "no other command does",
    "kubectl capi-pivot plan --to-kubeconfig target.yaml",
    "kubectl capi-pivot plan --to-kubeconfig target.yaml",
  ],
];

test.each(rows)("%s", (_what, hint, wanted) => {
  const error = new PivotError({ code: "LOCKED", message: "locked", hint });
  expect(withSameFlags(error, TYPED)).toMatchObject({ code: "LOCKED", hint: wanted });
});

test("what is no PivotError stays what it is", () => {
  const error = new Error("a bug");
  expect(withSameFlags(error, TYPED)).toBe(error);
});
