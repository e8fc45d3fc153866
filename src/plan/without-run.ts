// A cluster as it would be without what a run has made in it: an interrupted run is planned again as if for the first
// time. Pure.
import { OURS } from "../model/capi.ts";
import type { Inventory, ProviderMaterial } from "../model/inventory.ts";
import type { KubeObject } from "../model/object.ts";

/** Leaves out everything that the run has made: copies, components, namespaces. What it has only paused is not its own. */
export function withoutRun(inventory: Inventory, run: string): Inventory {
  return without(inventory, (object) => {
    const { annotations = {} } = object.metadata;
    const isMade =
      OURS.sourceUid in annotations || OURS.component in annotations || object.kind === "Namespace";
    return annotations[OURS.run] === run && isMade;
  });
}

/** Leaves out the copies alone: what was installed counts as there. */
export function withoutCopies(inventory: Inventory, run: string): Inventory {
  return without(inventory, ({ metadata: { annotations = {} } }) => {
    return annotations[OURS.run] === run && OURS.sourceUid in annotations;
  });
}

function without(inventory: Inventory, isLeftOut: (object: KubeObject) => boolean): Inventory {
  const stays = (object: KubeObject) => !isLeftOut(object);
  const material = Object.fromEntries(
    Object.entries(inventory.material).map(([name, objects]) => [name, objects.filter(stays)]),
  ) as unknown as ProviderMaterial;
  const objects = new Map([...inventory.objects].filter(([, object]) => stays(object)));
  return { ...inventory, objects, material };
}
