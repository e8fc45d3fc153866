// What the plan expected is required of the source that stands still. No cluster is needed to see that.
import { expect, test } from "bun:test";
import { requireMarkers } from "../../src/run/markers.ts";
import { anObject, type Facts, inventoryOf, planOf } from "../plan/inventory-of.ts";

const metal3 = ["infrastructure-metal3", "metal3-fleet"].map((provider) => ({
  ...{ kind: "Deployment", namespace: "controllers", name: provider, provider, replicas: 1 },
}));
const host = (facts: Facts = {}) =>
  anObject("BareMetalHost ns1/h", {
    owners: ["Cluster ns1/a"],
    spec: { consumerRef: { kind: "Metal3Machine" } },
    ...facts,
  });

test("a marker that was expected must be there", () => {
  const objects = [anObject("Cluster ns1/a"), host()];
  const plan = planOf(objects, { source: inventoryOf(objects, { workloads: metal3 }) });
  const bodies = (body: ReturnType<typeof host>) => new Map([[body.metadata.uid, body]]);
  expect(() => requireMarkers(plan, bodies(host()))).toThrow(
    "BareMetalHost.metal3.io ns1/h has lost baremetalhost.metal3.io/paused",
  );
  const marked = host({ annotations: { "baremetalhost.metal3.io/paused": "" } });
  expect(() => requireMarkers(plan, bodies(marked))).not.toThrow();
});
