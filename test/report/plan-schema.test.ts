// The published schema is what the types say, and what is printed is what the schema says.
import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type ValidateFunction } from "ajv";
import { planSchema, planSchemaFile } from "../../scripts/manual/plan-schema.ts";
import { FINDING_CODES } from "../../src/model/finding-codes.ts";
import type { Preview } from "../../src/model/preview.ts";
import { planData } from "../../src/report/plan-data.ts";
import { aScope } from "../plan/inventory-of.ts";
import { bigPreview, smallPreview } from "./previews.ts";

const FILE = join(import.meta.dir, "..", "..", "docs", "plan.schema.json");
let published: string;
let isClosed: ValidateFunction;

beforeAll(() => {
  published = planSchemaFile();
  isClosed = new Ajv({ strict: false }).compile(planSchema(true));
}, 60_000);

const asPrinted = (preview: Preview): Record<string, unknown> =>
  JSON.parse(JSON.stringify(planData(preview)));

test("docs/plan.schema.json is what scripts/write-manual makes", () => {
  expect(readFileSync(FILE, "utf8")).toBe(published);
});

test("the schema knows every code of a finding", () => {
  for (const code of FINDING_CODES) expect(published).toContain(`"${code}"`);
});

describe("what is printed", () => {
  const chosen = aScope({
    namespaces: ["a"],
    clusters: ["a/b"],
    selector: "team=blue",
    excluded: ["a/c"],
    include: [{ kind: "Pod", namespace: "a", name: "p" }],
    leave: [{ kind: "Tenant.example.dev", name: "t" }],
    ignore: ["CERT_MANAGER_MISSING"],
  });
  test.each<[string, () => Preview]>([
    ["of a small plan", smallPreview],
    ["of a big plan that is blocked", bigPreview],
    ["of a part", () => ({ ...smallPreview(), scope: chosen })],
    [
      "with manifests",
      () => ({
        ...smallPreview(),
        choices: { stopControllers: "never", providers: "skip", manifests: "abc" },
      }),
    ],
  ])("%s is nothing but what the schema describes", (_name, preview) => {
    isClosed(asPrinted(preview()));
    expect(isClosed.errors).toBeNull();
  });

  test.each<[string, object]>([
    ["a field that nobody described", { more: 1 }],
    ["another kind", { kind: "Status" }],
    ["a word for a flag that is none", { sourceProviders: "lose" }],
    ["no groups", { groups: undefined }],
  ])("%s is refused", (_name, change) => {
    const data = JSON.parse(JSON.stringify({ ...asPrinted(smallPreview()), ...change }));
    expect(isClosed(data)).toBe(false);
  });
});
