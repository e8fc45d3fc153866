import { expect, test } from "bun:test";
import type { Finding } from "../../src/model/plan.ts";
import { ignoring } from "../../src/plan/ignored.ts";
import { aScope as scope } from "./inventory-of.ts";

function finding(code: Finding["code"], severity: Finding["severity"]): Finding {
  return { code, severity, objects: [], why: "it is so", hint: "do this" };
}

test("a finding that is ignored becomes a note that says so", () => {
  const ignore = ["COMPONENT_DIFFERS"] as const;
  expect(ignoring([finding("COMPONENT_DIFFERS", "error")], scope({ ignore }))).toEqual([
    { ...finding("COMPONENT_DIFFERS", "note"), why: "it is so (ignored as asked)", hint: "" },
  ]);
});

test("one that could lose something stays an error, whoever asks", () => {
  const found = [finding("FOREIGN_DEPENDENT", "error")];
  expect(ignoring(found, scope({ ignore: ["FOREIGN_DEPENDENT"] }))).toEqual(found);
});

test("others stay what they are", () => {
  const found = [finding("FEATURE_GATE_DIFFERS", "warning"), finding("OWNER_CYCLE", "note")];
  expect(ignoring(found, scope({ ignore: ["CONTROLLER_MANAGED", "OWNER_CYCLE"] }))).toEqual(found);
});
