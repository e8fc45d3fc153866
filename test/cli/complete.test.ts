// What Tab offers, as the protocol has it: candidates, descriptions, and what the shell may do besides.
import { describe, expect, test } from "bun:test";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { COMPLETE, COMPLETE_NEXT } from "../../src/cli/complete.ts";
import type { OffersRequest } from "../../src/cli/io.ts";
import { runProgram } from "../../src/cli/program.ts";
import { ioOf } from "../support/fake-io.ts";

interface Tab {
  readonly candidates: readonly string[];
  readonly directive: string;
  readonly asked: readonly OffersRequest[];
  readonly raw: string;
}

/** Presses Tab after these words, the last one unfinished. */
async function tab(words: readonly string[], known: readonly string[] = []): Promise<Tab> {
  return press([COMPLETE, ...words], known);
}

async function press(argv: readonly string[], known: readonly string[] | Error): Promise<Tab> {
  const asked: OffersRequest[] = [];
  const { io, stdout, stderr } = ioOf({
    openEnquiries: async () => ({
      versions: async () => [],
      offers: async (request) => {
        asked.push(request);
        if (known instanceof Error) throw known;
        return known;
      },
    }),
  });
  expect(await runProgram(argv, io)).toBe(0);
  expect(stderr.text).toBe("");
  const lines = stdout.text.split("\n");
  expect(lines.pop()).toBe("");
  const directive = lines.pop() ?? "";
  const candidates = lines.map((line) => line.split("\t")[0] ?? "");
  return { candidates, directive, asked, raw: stdout.text };
}

describe("words", () => {
  const names = COMMANDS.map(({ name }) => name).filter((name) => name !== "");

  test("an empty line offers every command with what it does", async () => {
    const { candidates, raw, directive } = await tab([""]);
    expect(candidates).toEqual([...names, "help"]);
    expect(raw).toContain("plan\tShow what would be moved");
    expect(directive).toBe(":4");
  });

  test.each<[readonly string[], readonly string[]]>([
    [["pl"], ["plan"]],
    [["--context", "a", "pl"], ["plan"]],
    [["-y", "ver"], ["version"]],
    [["plan", ""], []],
    [["help", "ver"], ["version"]],
    [
      ["completion", ""],
      ["kubectl", "bash", "zsh", "fish", "powershell"],
    ],
    [["completion", "z"], ["zsh"]],
    [["completion", "zsh", ""], []],
    [["nonsense", ""], []],
    [["--nonsense", ""], []],
    [["--", "pl"], ["plan"]],
    [[], [...names, "help"]],
  ])("%p", async (words, want) => {
    expect((await tab(words)).candidates).toEqual(want);
  });

  test("a shell that drops empty words says so", async () => {
    expect((await press([COMPLETE_NEXT, "completion"], [])).candidates).toContain("zsh");
  });
});

describe("flags", () => {
  test("of the command, with the first sentence of their help", async () => {
    const { candidates, raw } = await tab(["plan", "--"]);
    expect(candidates).toContain("--all");
    expect(candidates).not.toContain("--dry-run");
    expect(candidates).not.toContain("--v");
    expect(raw).toContain("--kubeconfig\tKubeconfig of the source\n");
  });

  test("of the pivot before a command", async () => {
    expect((await tab(["--dry"])).candidates).toEqual(["--dry-run"]);
  });

  test("short ones where only a dash was typed", async () => {
    expect((await tab(["-"])).candidates).toEqual(expect.arrayContaining(["--yes", "-y", "-v"]));
  });

  test("not twice, unless they may be repeated", async () => {
    const { candidates } = await tab(["--yes", "-n", "a", "--to-context=b", "--"]);
    expect(candidates).not.toContain("--yes");
    expect(candidates).not.toContain("--to-context");
    expect(candidates).toContain("--namespace");
  });

  test("clusterctl's names only where no other fits", async () => {
    expect((await tab(["--kubeconfig-con"])).candidates).toEqual(["--kubeconfig-context"]);
    expect((await tab(["--kubeconfig-c"])).candidates).toEqual(["--kubeconfig-cluster"]);
  });

  test("none after --", async () => {
    expect((await tab(["--", "--y"])).candidates).toEqual([]);
  });
});

describe("values", () => {
  test.each<[readonly string[], readonly string[]]>([
    [
      ["--status", ""],
      ["restore", "drop"],
    ],
    [["--status=d"], ["drop"]],
    [
      ["plan", "-o", ""],
      ["text", "json", "yaml"],
    ],
    [["plan", "-o=y"], ["yaml"]],
    [["--yes="], ["true", "false"]],
    [["--timeout", ""], []],
    [["-yo", "nd"], ["ndjson"]],
  ])("that are words: %p", async (words, want) => {
    const { candidates, directive, asked } = await tab(words);
    expect([candidates, directive, asked.length]).toEqual([want as string[], ":4", 0]);
  });

  test.each([["--kubeconfig"], ["--to-client-key"], ["--components"]])(
    "of %s are files, which the shell knows",
    async (flag) => {
      expect(await tab([flag, "a"])).toMatchObject({ candidates: [], directive: ":0" });
      expect((await tab([`${flag}=a`])).directive).toBe(":0");
    },
  );

  test.each<[readonly string[], OffersRequest["offer"], OffersRequest["flags"]]>([
    [["--context", ""], { what: "contexts", of: "source" }, {}],
    [
      ["--kubeconfig", "a", "plan", "--to-kubeconfig=b", "--to-context", ""],
      { what: "contexts", of: "target" },
      { kubeconfig: "a", toKubeconfig: "b" },
    ],
    [["--user="], { what: "users", of: "source" }, {}],
    [["--to-kubeconfig-cluster", ""], { what: "entries", of: "target" }, {}],
    [
      ["--context=c", "--token", "t", "--as-group=g", "-n", "a", "-n", ""],
      { what: "namespaces", of: "source" },
      { context: "c", token: "t", asGroups: ["g"] },
    ],
    [["--insecure-skip-tls-verify", "--cluster", ""], { what: "clusters", of: "source" }, {}],
    [["--to-cluster", ""], { what: "clusters", of: "source" }, {}],
  ])("that a kubeconfig or a server knows: %p", async (words, offer, flags) => {
    const { candidates, asked } = await tab(words, ["b", "a"]);
    expect(candidates).toEqual(["a", "b"]);
    expect(asked).toMatchObject([{ offer, flags }]);
  });

  test("are those that begin as it was typed", async () => {
    const known = ["prod", "stage", "prod-b"];
    expect((await tab(["--context=prod"], known)).candidates).toEqual(["prod", "prod-b"]);
  });

  test("are none, silently, when something goes wrong", async () => {
    const { candidates, directive } = await press([COMPLETE, "-n", ""], new Error("no"));
    expect([candidates, directive]).toEqual([[], ":4"]);
  });
});
