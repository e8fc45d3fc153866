// Puts a cluster into a state that it had before, uids included: copies carry the uids of their originals in places where
// none can be changed. A garbage collector must not run then, for it remembers uids that were gone.
import type { StoreMirror } from "../testbed/store-mirror.ts";
import { isSettled } from "../testbed/stored-state.ts";
import type { KnownCluster } from "../whole-cluster/known-cluster.ts";
import type { StoredValues } from "./recorded-run.ts";

/** Resolves to whether anything had to be written. */
export async function putBack(
  cluster: KnownCluster,
  mirror: StoreMirror,
  wanted: StoredValues,
): Promise<boolean> {
  await mirror.caughtUp();
  const puts = [...wanted].filter(([key, value]) => mirror.entries.get(key)?.value !== value);
  const deletes = [...mirror.entries.keys()].filter(
    (key) => isSettled({ key }) && !wanted.has(key),
  );
  if (puts.length + deletes.length === 0) return false;
  await cluster.store.write({ puts, deletes });
  const written = puts.filter(([, value]) => !isLeaving(value)).map(([key]) => key);
  await cluster.untilServes(written, deletes);
  return true;
}

/** A definition on its way out may be served or not. */
function isLeaving(value: string): boolean {
  return value.includes('"deletionTimestamp":');
}
