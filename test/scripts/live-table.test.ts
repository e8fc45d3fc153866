import { expect, test } from "bun:test";
import { type LiveSide, liveTable } from "../../scripts/live-table.ts";

const NOTHING: LiveSide = { fleet: { clusters: [], machines: [] }, providers: new Map() };

test("the table of a live fleet has a row per cluster, machine and provider of either side", () => {
  const common = { namespace: "a", uid: "u" };
  const fleet = {
    clusters: [
      { ...common, name: "one", phase: undefined, isPaused: false, isAvailable: true },
      { ...common, name: "two", phase: undefined, isPaused: false, isAvailable: false },
    ],
    machines: ["Running", undefined].map((phase, index) => ({
      ...common,
      ...{ name: `m${index}`, cluster: "one", phase, providerId: undefined, node: undefined },
      isReady: true,
    })),
  };
  const target = { fleet, providers: new Map([["capi-system", "1 of 1 ready"]]) };
  const source = { ...NOTHING, providers: new Map([["capd-system", "0 of 1 ready"]]) };
  expect(liveTable({ source, target }).split("\n")).toEqual([
    "  clusters       source        target",
    "    a/one        -             Available",
    "    a/two        -             not Available",
    "",
    "  machines       source        target",
    "    m0           -             Running",
    "    m1           -             no phase",
    "",
    "  providers      source        target",
    "    capd-system  0 of 1 ready  -",
    "    capi-system  -             1 of 1 ready",
  ]);
});
