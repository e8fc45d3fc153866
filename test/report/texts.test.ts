import { describe, expect, test } from "bun:test";
import { PivotError } from "../../src/model/error.ts";
import { confirmText } from "../../src/report/confirm-text.ts";
import { errorText } from "../../src/report/error-text.ts";
import { fit, wrap } from "../../src/report/layout.ts";
import { NO_PALETTE } from "../../src/report/palette.ts";
import { planData } from "../../src/report/plan-data.ts";
import { planText } from "../../src/report/plan-text.ts";
import { wrapRow } from "../../src/report/plan-tree.ts";
import { providerLines } from "../../src/report/provider-text.ts";
import { durationText, figuresText } from "../../src/report/words.ts";
import { expectGolden } from "../support/golden.ts";
import { anObject, bigPreview, smallPreview } from "./previews.ts";

describe("plans", () => {
  test("a small plan fits on a page", () => {
    expectGolden("plan-small.txt", planText(smallPreview()));
  });

  test("a big plan folds what is alike and says what is in the way", () => {
    expectGolden("plan-big.txt", planText(bigPreview()));
  });

  test("--all folds nothing", () => {
    const text = planText(bigPreview(), { all: true });
    expect(text.split("\n").filter((line) => line.includes("─ Machine ")).length).toBe(502);
    expect(text).toContain("Machine web-md-0-x7k2p-500");
  });

  test("--depth counts what is deeper, and shows what blocks at any depth", () => {
    const lines = (depth: number) =>
      planText(bigPreview(), { depth })
        .split("\n\n")
        .filter((section) => section.startsWith("Cluster "))
        .join("\n")
        .split("\n");
    expectGolden("plan-depth.txt", `${lines(1).join("\n")}\n`);
    expect(lines(0).length).toBeLessThan(lines(1).length);
    const blocked = planText(bigPreview())
      .split("\n")
      .filter((line) => line.includes("(blocked:"));
    expect(blocked.length).toBeGreaterThan(0);
    expect(lines(0).filter((line) => line.includes("(blocked:")).length).toBe(blocked.length);
  });

  test("an object whose parents go in a circle is shown", () => {
    const preview = smallPreview();
    const first = anObject("Machine", "ns1/one");
    const second = anObject("Machine", "ns1/two", { below: first });
    const plan = {
      ...preview.plan,
      groups: [{ objects: [{ ...first, parent: second.uid }, second] }],
    };
    expect(planText({ ...preview, plan })).toContain("└─ Machine two");
  });

  test("as data, a plan survives JSON", () => {
    const data = planData(smallPreview());
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    expectGolden("plan-small.json", `${JSON.stringify(data, null, 2)}\n`);
  });

  test("the question is asked with everything that matters", () => {
    expectGolden("confirm-small.txt", confirmText(smallPreview()));
  });

  test("the question says which providers are where, whoever is asked", () => {
    const lines = confirmText(bigPreview()).split("\n");
    const from = lines.findIndex((line) => line.startsWith("  providers"));
    const to = lines.findIndex((line) => line.startsWith("  clusters"));
    expect(lines.slice(from, to)).toEqual([
      "  providers   newer in the target: infrastructure-docker; older in the target:",
      "              cluster-api; not comparable: bootstrap-kubeadm; only kinds in the",
      "              target: ipam-in-cluster; not in the target: infrastructure-aws,",
      "              addon-of-a-name-that-is-too-long",
    ]);
  });

  test("no line about a provider is wider than 80 columns", () => {
    const lines = providerLines(bigPreview().plan.providers);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

describe("errors", () => {
  const options = { palette: NO_PALETTE };

  test("an error says what, its code and what to type next", () => {
    const error = new PivotError({
      code: "LOCKED",
      message: "the target is locked by ann@laptop",
      hint: "kubectl capi-pivot status",
      cluster: "target",
    });
    expect(errorText(error, options)).toBe(
      "error: the target is locked by ann@laptop\n  code: LOCKED (target)\n  Next: kubectl capi-pivot status\n",
    );
  });

  test("a long one is wrapped at the terminal's edge, its command is not", () => {
    const error = new PivotError({
      code: "LOCKED",
      message: "the target is locked by ann@laptop",
      hint: "kubectl capi-pivot status --of-the-target",
    });
    expect(errorText(error, { ...options, columns: 24 }).split("\n")).toEqual([
      "error: the target is",
      "  locked by ann@laptop",
      "  code: LOCKED",
      "  Next: kubectl capi-pivot status --of-the-target",
      "",
    ]);
  });

  const hints: readonly (readonly [string, string, readonly string[]])[] = [
    ["a sentence is wrapped", "log in again and come back", ["log in again and", "come back"]],
    [
      "a command is not",
      "kubectl get pods --all-namespaces",
      ["kubectl get pods --all-namespaces"],
    ],
    [
      "a remark goes below",
      "kubectl get pods   # all of them",
      ["kubectl get pods", "# all of them"],
    ],
  ];

  test.each(hints)("of the next step, %s", (_what, hint, lines) => {
    const error = new PivotError({ code: "LOCKED", message: "no", hint });
    const [first, ...rest] = lines;
    expect(
      errorText(error, { ...options, columns: 24 })
        .split("\n")
        .slice(2, -1),
    ).toEqual([`  Next: ${first}`, ...rest.map((line) => `        ${line}`)]);
  });

  test("causes are shown when asked for", () => {
    const cause = new Error("socket closed", { cause: new TypeError("deep") });
    const error = new PivotError({ code: "SERVER_ERROR", message: "no answer", cause });
    expect(errorText(error, options)).not.toContain("socket");
    expect(errorText(error, { ...options, verbose: true })).toContain(
      "  caused by: Error: socket closed\n  caused by: TypeError: deep\n",
    );
  });

  test("anything else is a bug, with its stack and where to report it", () => {
    const text = errorText(new TypeError("x is undefined"), options);
    expect(text).toStartWith("error: this is a bug in kubectl-capi-pivot: x is undefined\n");
    expect(text).toContain("texts.test.ts");
    expect(text).toContain("please report");
  });
});

describe("layout and words", () => {
  test("a long row of a tree goes on beside the branches below it", () => {
    expect(wrapRow("│  ├─ Secret a-rather-long-name  (copy: shared)", 32)).toEqual([
      "│  ├─ Secret a-rather-long-name",
      "│  │      (copy: shared)",
    ]);
    expect(wrapRow("└─ Secret a", 11)).toEqual(["└─ Secret a"]);
  });

  test("a flag and its value stay on one line", () => {
    expect(wrap("stop it, then --assume-held Some.kind.dev", 30)).toEqual([
      "stop it, then",
      "--assume-held Some.kind.dev",
    ]);
  });

  test.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["漢字漢字", 5, "漢字…"],
    ["abc", 0, ""],
  ])("%p in %d columns is %p", (text, columns, want) => {
    expect(fit(text, columns)).toBe(want);
  });

  test("paragraphs are wrapped between words and indented", () => {
    expect(wrap("one two three", 9, "- ", "  ")).toEqual(["- one two", "  three"]);
  });

  test.each([
    [0.04, "0.0s"],
    [9.94, "9.9s"],
    [9.96, "10s"],
    [59.6, "1m00s"],
    [125, "2m05s"],
  ])("%d seconds are %s", (seconds, want) => {
    expect(durationText(seconds)).toBe(want);
  });

  test("figures are counted words", () => {
    expect(figuresText({ objects: 1, copies: 2, source: "v1.36.3" })).toBe(
      "1 object, 2 copies, source v1.36.3",
    );
  });
});
