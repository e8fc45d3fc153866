import { expect, test } from "bun:test";
import { keepingPaused } from "../../src/plan/keep-paused.ts";

const PAUSED = { type: "Paused", status: "True", observedGeneration: 2 };
const READY = { type: "Ready", status: "True" };

function object(status: object) {
  const metadata = { name: "m", uid: "u", resourceVersion: "1" };
  return { apiVersion: "x/v1", kind: "M", metadata, status };
}

test.each<[string, object, object, object]>([
  [
    "is appended to the conditions that are restored",
    { phase: "Running", conditions: [READY] },
    { conditions: [PAUSED] },
    { phase: "Running", conditions: [READY, PAUSED] },
  ],
  ["makes the list where there is none", {}, { conditions: [PAUSED] }, { conditions: [PAUSED] }],
  [
    "stays below v1beta2 where an older version has it",
    { conditions: [READY], v1beta2: { conditions: [READY] } },
    { v1beta2: { conditions: [PAUSED] } },
    { conditions: [READY], v1beta2: { conditions: [READY, PAUSED] } },
  ],
  [
    "is all that is kept",
    { conditions: [READY] },
    { phase: "Pending", conditions: [{ type: "Ready", status: "False" }, PAUSED] },
    { conditions: [READY, PAUSED] },
  ],
  ["changes nothing where it is not", { phase: "Running" }, {}, { phase: "Running" }],
])("the condition Paused %s", (_, status, found, want) => {
  expect(keepingPaused(status, object(found))).toEqual(want);
});
