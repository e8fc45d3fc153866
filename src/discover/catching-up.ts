// An API server that has just started, or one of several that has not heard yet, serves a kind before its discovery
// document names it, and names one before it serves it. Whoever believed it then would see none of that kind's objects.
// CustomResourceDefinitions are read from the store itself: they know better.

import { systemClock } from "../kube/system-clock.ts";
import type { Clock } from "../model/client.ts";
import { conditionOf } from "../model/conditions.ts";
import { fieldAt, type Json, type KubeObject, listAt, stringAt } from "../model/object.ts";

/** A server with two busy cores has taken half a minute after its start. */
const LONGEST_MS = 60_000;
const POLL_MS = 500;

/** Reads again and again until what was read has caught up, a minute at most; resolves to what was read last. */
export async function untilCaughtUp<T>(
  read: () => Promise<T>,
  hasCaughtUp: (found: T) => boolean | Promise<boolean>,
  clock: Clock = systemClock,
): Promise<T> {
  const start = clock.monotonic();
  for (;;) {
    const found = await read();
    if (await hasCaughtUp(found)) return found;
    if (clock.monotonic() - start >= LONGEST_MS) return found;
    await clock.sleep(POLL_MS);
  }
}

/**
 * The first group with a kind that is Established and that discovery does not name.
 * @param groups of the aggregated discovery document.
 */
export function unnamedGroup({
  groups,
  crds,
}: {
  readonly groups: readonly Json[];
  readonly crds: readonly KubeObject[];
}): string | undefined {
  const named = new Set(groups.flatMap(resourcesOf));
  const unnamed = crds.find((crd) => isServed(crd) && !named.has(crd.metadata.name));
  return unnamed === undefined ? undefined : stringAt(unnamed, "spec", "group");
}

/** `plural.group`, as CustomResourceDefinitions are called. */
function resourcesOf(group: Json): readonly string[] {
  const name = stringAt(group, "metadata", "name") ?? "";
  return listAt(group, "versions")
    .flatMap((version) => listAt(version, "resources"))
    .map((resource) => `${stringAt(resource, "resource")}.${name}`);
}

/** Or will be: nobody is removing it, and it is settled. */
export function isServed(crd: KubeObject): boolean {
  return (
    crd.metadata.deletionTimestamp === undefined &&
    fieldAt(conditionOf(crd, "Established"), "status") === "True" &&
    listAt(crd, "spec", "versions").some((version) => fieldAt(version, "served") === true)
  );
}
