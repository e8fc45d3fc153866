// What `status` may find, built by hand: records, locks and looks at clusters. Pure.
import type { ClusterIdentity } from "../../src/model/inventory.ts";
import type { RunRecord } from "../../src/model/run-record.ts";
import type { LockState, Look } from "../../src/model/status.ts";
import { inventoryOf } from "./inventory-of.ts";

export const SOURCE: ClusterIdentity = {
  uid: "u-1",
  server: "127.0.0.1:6443",
  context: "kind-boot",
  version: "v1.36.3",
};
export const TARGET: ClusterIdentity = {
  uid: "u-2",
  server: "10.0.0.1:6443",
  context: "prod",
  version: "v1.36.3",
};

export const NOW = "2026-11-24T10:02:08.000Z";

export function aRecord(change: Partial<RunRecord> = {}): RunRecord {
  return {
    ...{ version: 1, run: "1a2b3c4d", phase: "copying", epoch: 1 },
    startedAt: "2026-11-24T10:00:00.000Z",
    updatedAt: "2026-11-24T10:00:03.250Z",
    tool: { version: "0.1.0", user: "ann", host: "laptop" },
    ...{ source: SOURCE, target: TARGET, whole: true },
    ...{
      namespaces: [],
      clusters: [],
      include: [],
      leave: [],
      excluded: [],
      assumeHeld: [],
      controllers: [],
      ignore: [],
    },
    ...{ status: "restore", stopControllers: "auto", sourceProviders: "remove" },
    ...{ proveForMs: 30_000, deleteKindCluster: false, createdNamespaces: [] },
    ...{ providers: "copy", plan: [] },
    objects: { move: 18, copy: 1 },
    ...{ fleet: [], replicas: [], webhooks: [] },
    ...change,
  };
}

export function aLock(alive: boolean): LockState {
  const renewedAt = alive ? "2026-11-24T10:02:05.000000Z" : "2026-11-24T10:00:05.000000Z";
  const acquiredAt = "2026-11-24T10:00:00.000000Z";
  return { holder: "1a2b3c4d ann@laptop", acquiredAt, renewedAt, seconds: 15, alive };
}

/** An empty cluster but for what is given. */
export function aLook(
  identity: ClusterIdentity,
  facts: Partial<Omit<Look, "identity">> = {},
): Look {
  const {
    records = [],
    hasNamespace = records.length > 0,
    inventory = inventoryOf([], { workloads: [] }),
    silentGroups = [],
    lock,
  } = facts;
  const known = { identity, records, hasNamespace, inventory, silentGroups };
  return { ...known, ...(lock === undefined ? {} : { lock }) };
}
