// Looking at a run that was interrupted past the point of no return: what is where is counted in the clusters.
import { readBodies, wantedOf } from "./discover/bodies.ts";
import { discover } from "./discover/discover.ts";
import type { ClusterReader } from "./model/client.ts";
import type { Inventory } from "./model/inventory.ts";
import { formatId, idOf, type KubeObject } from "./model/object.ts";
import type { Bodies, Plan, PlannedObject } from "./model/plan.ts";
import { Halves } from "./plan/as-it-was.ts";
import { travellers } from "./plan/plan-pivot.ts";
import { servedBy } from "./plan/served.ts";
import { withoutCopies } from "./plan/without-run.ts";
import { type Copies, type Copy, markedCopies, type Snapshot } from "./run/context.ts";
import { type Identities, planWithBodies, type SurveyDeps } from "./survey.ts";

/** Both halves of the fleet. */
export interface Halfway {
  readonly snapshot: Snapshot;
  readonly copies: Copies;
  /** The source as it is. */
  readonly source: Inventory;
}

/**
 * The snapshot as it was before the point of no return, and the copies as they are now. What is thawed already is in
 * neither: nothing is left to be done for it.
 */
export async function lookHalfway(
  deps: SurveyDeps,
  identities: Identities,
  run: string,
  isSourceLost = false,
): Promise<Halfway> {
  const target = await discover(deps.target, identities.target);
  const source = isSourceLost
    ? emptied(target, identities)
    : await discover(deps.source, identities.source);
  const halves = new Halves(source, target, run);
  const before = {
    source: halves.sourceAsItWas(),
    target: withoutCopies(target, run),
    scope: deps.options.scope,
  };
  const copies = markedCopies(target.objects.values(), run);
  const { plan, bodies } = await planWithBodies(before, (planned) =>
    readHalves(deps, planned, { source, halves, copies }),
  );
  // The originals' uids that are in the source by now are real ones, all others are kept by the copies.
  const snapshot = { plan, bodies, source: before.source, target, served: servedBy(target) };
  return { snapshot, copies: copiesOf(plan, target, copies, source), source };
}

/** Nobody can look into the source: all that is known of it is in the target. */
function emptied(target: Inventory, { source }: Identities): Inventory {
  const material = Object.fromEntries(
    Object.keys(target.material).map((name) => [name, []]),
  ) as unknown as Inventory["material"];
  return { identity: source, kinds: target.kinds, objects: new Map(), unlisted: [], material };
}

interface Places {
  readonly source: Inventory;
  readonly halves: Halves;
  readonly copies: ReadonlyMap<string, KubeObject>;
}

/** Of what is in the source from there, of what has left it from its copy. */
async function readHalves(
  deps: SurveyDeps,
  all: readonly PlannedObject[],
  { source, halves, copies }: Places,
): Promise<Bodies> {
  const here = all.filter(({ uid }) => source.objects.has(uid));
  const there = all.filter(({ uid }) => !source.objects.has(uid));
  const left = await readBodies(deps.source, here.map(wantedOf));
  const gone = await readBodies(
    deps.target,
    there.flatMap((one) => {
      const uid = copies.get(one.uid)?.metadata.uid;
      return uid === undefined ? [] : [wantedOf({ ...one, uid })];
    }),
  );
  const originals = [...gone.values()].map((copy) => halves.originalOf(copy));
  return new Map([...left, ...originals.map((one) => [one.metadata.uid, one] as const)]);
}

/**
 * Copies by source uid. One whose original is still there counts as changed (no resourceVersion): somebody may have
 * edited it meanwhile, so it is compared before the original goes.
 */
function copiesOf(
  plan: Plan,
  target: Inventory,
  marked: ReadonlyMap<string, KubeObject>,
  source: Inventory,
): Copies {
  const byName = new Map(
    [...target.objects.values()].map((object) => [formatId(idOf(object)), object]),
  );
  const copies = new Map<string, Copy>();
  for (const planned of travellers(plan)) {
    const ours = marked.get(planned.uid);
    const found =
      ours ?? (planned.verdict.kind === "copy" ? byName.get(formatId(planned.id)) : undefined);
    if (found === undefined) continue;
    const { uid, generation = 0 } = found.metadata;
    const resourceVersion = source.objects.has(planned.uid) ? "" : found.metadata.resourceVersion;
    copies.set(planned.uid, {
      planned,
      uid,
      resourceVersion,
      generation,
      ours: ours !== undefined,
    });
  }
  return copies;
}

/** What the proof looks at when the copies carry no marks any more: what the target manages by now. */
export async function lookAtTarget(
  reader: ClusterReader,
  { target: identity }: Identities,
  scope: SurveyDeps["options"]["scope"],
): Promise<Omit<Halfway, "source">> {
  const target = await discover(reader, identity);
  const input = { source: target, target, scope };
  const { plan, bodies } = await planWithBodies(input, (planned) =>
    readBodies(reader, planned.map(wantedOf)),
  );
  const copies = travellers(plan).map((planned): [string, Copy] => {
    const { resourceVersion = "", generation = 0 } = bodies.get(planned.uid)?.metadata ?? {};
    return [planned.uid, { planned, uid: planned.uid, resourceVersion, generation, ours: true }];
  });
  return {
    snapshot: { plan, bodies, source: target, target, served: servedBy(target) },
    copies: new Map(copies),
  };
}
