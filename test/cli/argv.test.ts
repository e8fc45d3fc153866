import { describe, expect, test } from "bun:test";
import { readArgv } from "../../src/cli/argv.ts";
import { COMMANDS, OPTIONS } from "../../src/cli/command-table.ts";
import { parseDuration } from "../../src/cli/duration.ts";
import { helpText, optionsText } from "../../src/cli/help.ts";
import { PivotError } from "../../src/model/error.ts";
import { nearestWord } from "../../src/model/nearest-word.ts";
import { NO_PALETTE } from "../../src/report/palette.ts";
import { expectGolden } from "../support/golden.ts";

describe("what is typed becomes what clipanion parses", () => {
  test.each([
    ["a value after a space", ["--context", "a"], ["--context=a"]],
    ["a value after =", ["--context=a=b"], ["--context=a=b"]],
    ["a value that begins with a dash", ["--context", "-x"], ["--context=-x"]],
    ["a short flag and its value in one", ["-nfoo"], ["--namespace=foo"]],
    ["a short flag with =", ["-n=foo"], ["--namespace=foo"]],
    ["a row of short flags", ["-yn", "foo"], ["--yes", "--namespace=foo"]],
    ["a level in three ways", ["-v6", "-v=7", "--v", "8"], ["--v=6", "--v=7", "--v=8"]],
    ["a switch that is set", ["--yes=true", "-y=false"], ["--yes", "--no-yes"]],
    ["clusterctl's names", ["--kubeconfig-context", "a"], ["--context=a"]],
    ["clusterctl's names for the target", ["--to-kubeconfig-context=b"], ["--to-context=b"]],
    ["flags before the command", ["--context", "a", "plan"], ["plan", "--context=a"]],
    ["--dry-run is the command plan", ["--dry-run", "-y"], ["plan", "--yes"]],
    ["kubectl's --dry-run=server too", ["--dry-run=server"], ["plan"]],
    ["--dry-run=none is the pivot", ["--dry-run=none"], ["--no-dry-run"]],
    ["kubectl's -A, alone and in a row", ["-Ay"], ["--all-namespaces", "--yes"]],
    ["a row whose last takes a value in one", ["-Anfoo"], ["--all-namespaces", "--namespace=foo"]],
    ["a switch in words of Go", ["-A=T", "--yes=False"], ["--all-namespaces", "--no-yes"]],
    ["kubectl's -s", ["-s", "https://a:1"], ["--server=https://a:1"]],
    [
      "kubectl's --user",
      ["--user=a", "--to-user", "b"],
      ["--kubeconfig-user=a", "--to-kubeconfig-user=b"],
    ],
    ["_ for - in names, not in values", ["--to_context=a_b"], ["--to-context=a_b"]],
    ["a value that is a flag's name", ["--context", "--yes"], ["--context=--yes"]],
    ["a level of every spelling in a row", ["-yv=6", "-v9"], ["--yes", "--v=6", "--v=9"]],
    ["nothing after --", ["plan", "--"], ["plan"]],
    ["the argument of a command", ["completion", "zsh"], ["completion", "zsh"]],
    ["--version with flags", ["--version", "-o", "json"], ["version", "--output=json"]],
    ["an empty value stays one", ["--context="], ["--context="]],
    ["--version is a command", ["--version"], ["version"]],
  ])("%s", (_, typed, want) => {
    expect(readArgv(typed).argv).toEqual(want);
  });

  test.each([
    [["-h"], ""],
    [["plan", "anything", "-h"], "plan"],
    [["completion", "--help"], "completion"],
    [["help"], ""],
    [["plan", "--help"], "plan"],
    [["help", "version"], "version"],
  ])("%p asks for help", (typed, command) => {
    expect(readArgv(typed)).toMatchObject({ help: true, command: { name: command } });
  });

  test.each([
    [["--to-kubconfig", "x"], "unknown flag --to-kubconfig", "did you mean --to-kubeconfig?"],
    [["--frobnicate"], "unknown flag --frobnicate", "kubectl capi-pivot --help"],
    [["-namespace", "x"], 'unknown command "x"', "kubectl capi-pivot --help"],
    [["-zy"], "unknown flag -z in -zy", "kubectl capi-pivot --help"],
    [["pln"], 'unknown command "pln"', "did you mean kubectl capi-pivot plan?"],
    [["plan", "prod"], 'unexpected argument "prod"', "kubectl capi-pivot plan --help"],
    [["--yes", "false", "plan"], 'unknown command "false"', "kubectl capi-pivot --help"],
    [
      ["plan", "--yes", "false"],
      'unexpected argument "false"',
      "a switch takes it after =: --yes=false",
    ],
    [["move"], 'unknown command "move"', "did you mean kubectl capi-pivot without a command?"],
    [["diff"], 'unknown command "diff"', "did you mean kubectl capi-pivot plan?"],
    [["hlep"], 'unknown command "hlep"', "did you mean kubectl capi-pivot help?"],
    [["-N", "x"], "unknown flag -N", "did you mean -n?"],
    [["-q"], "unknown flag -q", "kubectl capi-pivot --help"],
    [["-to-context=x"], "unknown flag -t in -to-context=x", "did you mean --to-context?"],
    [["--to_kubeconfg=x"], "unknown flag --to_kubeconfg", "did you mean --to-kubeconfig?"],
    [
      ["completion"],
      "kubectl capi-pivot completion needs a SHELL",
      "kubectl capi-pivot completion kubectl|bash|zsh|fish|powershell",
    ],
    [
      ["completion", "tcsh"],
      'kubectl capi-pivot completion does not take "tcsh"',
      "kubectl capi-pivot completion kubectl|bash|zsh|fish|powershell",
    ],
    [
      ["completion", "zsh", "bash"],
      'unexpected argument "bash"',
      "kubectl capi-pivot completion --help",
    ],
    [
      ["completion", "zsh", "--context=a"],
      "--context is no flag of kubectl capi-pivot completion",
      "kubectl capi-pivot completion --help",
    ],
    [["-v"], "-v needs a value", "-v LEVEL"],
    [["-yn"], "-n needs a value", "-n NAMESPACE"],
    [["--", "--yes"], 'unknown command "--yes"', "kubectl capi-pivot --help"],
    [["--context"], "--context needs a value", "--context NAME"],
    [["--yes=maybe"], '--yes takes true or false, not "maybe"', undefined],
    [["--all"], "--all is no flag of kubectl capi-pivot", "it belongs to kubectl capi-pivot plan"],
  ])("%p is refused", (typed, message, hint) => {
    const error = thrown(() => readArgv(typed));
    expect(error).toMatchObject({ code: "USAGE", exitCode: 2, message, hint });
  });
});

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(PivotError);
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("help", () => {
  test.each(COMMANDS.map((command) => [command.name === "" ? "pivot" : command.name, command]))(
    "of %s",
    (name, command) => {
      if (typeof name !== "string" || typeof command === "string") throw new Error("a bad table");
      const text = command === OPTIONS ? optionsText(NO_PALETTE) : helpText(command, NO_PALETTE);
      expectGolden(`help-${name}.txt`, text);
      for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    },
  );
});

test.each([
  ["30s", 30_000],
  ["1m30s", 90_000],
  ["1.5h", 5_400_000],
  ["300ms", 300],
  ["0", 0],
  ["", undefined],
  ["5", undefined],
  ["-5s", undefined],
  ["5 s", undefined],
  ["5d", undefined],
])("the duration %p is %p ms", (text, want) => {
  expect(parseDuration(text)).toBe(want);
});

test.each([
  ["to-kubconfig", "to-kubeconfig"],
  ["cluste", "cluster"],
  ["clutser", "cluster"],
  ["kube", "kubeconfig"],
  ["zzz", undefined],
])("near %s is %s", (word, want) => {
  expect(nearestWord(word, ["to-kubeconfig", "kubeconfig", "cluster"])).toBe(want);
});
