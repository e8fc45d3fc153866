// What a server holds of one fleet.
import type { FleetApi } from "./fleet-api.ts";
import type { Fleet } from "./fleets.ts";
import { type Snapshot, snapshotFleet } from "./snapshot.ts";

/** Every object in the fleet's namespaces, and cluster-scoped objects by the fleet's names. */
export function lookAtFleet(api: FleetApi, { namespaces, objects }: Fleet): Promise<Snapshot> {
  const clusterScoped = objects.flatMap(({ namespace, name }) =>
    namespace === undefined ? [name] : [],
  );
  return snapshotFleet(api, { namespaces, clusterScoped });
}
