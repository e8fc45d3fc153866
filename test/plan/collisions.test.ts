import { describe, expect, test } from "bun:test";
import type { Json, KubeObject } from "../../src/model/object.ts";
import { formatId, idOf } from "../../src/model/object.ts";
import { collisionFindings, collisionsOf } from "../../src/plan/collisions.ts";
import { anObject, findingsText, inventoryOf, planOf } from "./inventory-of.ts";

interface Case {
  readonly source: readonly KubeObject[];
  readonly target: readonly KubeObject[];
  readonly want: readonly string[];
}

const identity = (spec: unknown, more: object = {}): KubeObject => ({
  ...anObject("FleetClusterIdentity id", { spec }),
  ...more,
});
const klass = (spec: object, annotations: Readonly<Record<string, string>> = {}): KubeObject =>
  anObject("ClusterClass ns1/c", { spec: spec as Json, annotations });
const secret = (key: string, data: string): KubeObject => ({
  ...anObject(key, { owners: ["Cluster ns1/a"] }),
  data: { "tls.key": data },
});
const cluster = anObject("Cluster ns1/a");

describe("names that are taken in the target", () => {
  const cases: Readonly<Record<string, Case>> = {
    none: { source: [cluster], target: [anObject("Cluster ns2/a")], want: [] },
    "an equal shared object may stay": {
      source: [identity({ user: "fleet" })],
      target: [identity({ user: "fleet", defaulted: true })],
      want: [],
    },
    "a shared object with other content is in the way": {
      source: [identity({ user: "fleet" })],
      target: [identity({ user: "other" })],
      want: ["error OBJECT_EXISTS_IN_TARGET FleetClusterIdentity id"],
    },
    "an equal secret may stay, whoever owns it there": {
      source: [cluster, secret("Secret ns1/s", "eA==")],
      target: [{ ...anObject("Secret ns1/s"), data: { "tls.key": "eA==" } }],
      want: [],
    },
    "a secret with another key is in the way": {
      source: [cluster, secret("Secret ns1/s", "eA==")],
      target: [secret("Secret ns1/s", "eQ==")],
      want: ["error OBJECT_EXISTS_IN_TARGET Secret ns1/s"],
    },
    "an equal class may stay: Clusters that went before use it": {
      source: [klass({ version: 1 })],
      target: [klass({ version: 1 })],
      want: [],
    },
    "a class with other content is in the way": {
      source: [klass({ version: 1 })],
      target: [klass({ version: 2 })],
      want: ["error OBJECT_EXISTS_IN_TARGET ClusterClass ns1/c"],
    },
    "a class that is paused in the source alone is in the way": {
      source: [klass({ version: 1 }, { "cluster.x-k8s.io/paused": "" })],
      target: [klass({ version: 1 })],
      want: ["error OBJECT_EXISTS_IN_TARGET ClusterClass ns1/c"],
    },
    "an equal Cluster is in the way: a controller acts on it": {
      source: [cluster],
      target: [cluster],
      want: ["error OBJECT_EXISTS_IN_TARGET Cluster ns1/a"],
    },
  };

  test.each(Object.entries(cases))("%s", (_name, { source, target, want }) => {
    const inventory = inventoryOf(target, { workloads: [] });
    const plan = planOf(source, { target: inventory });
    const bodies = new Map(source.map((object) => [object.metadata.uid, object]));
    const found = new Map(target.map((object) => [formatId(idOf(object)), object]));
    const findings = collisionFindings(collisionsOf(plan, inventory), bodies, found, inventory);
    expect(findingsText(findings)).toEqual([...want]);
  });
});
