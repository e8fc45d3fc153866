// Preflight: every write that a run would make, as far as it can be tried now, is tried without storing it. What can only
// be tried when providers and namespaces are there is tried by the run itself, before it pauses anything.
import { readBodies, wantedOf } from "./discover/bodies.ts";
import { type ForeknownDeps, foreknown } from "./foreknown.ts";
import type { ClusterAsker } from "./model/client.ts";
import { type ClusterName, PivotError } from "./model/error.ts";
import type { InstallPlan } from "./model/install.ts";
import type { Inventory } from "./model/inventory.ts";
import { formatId, type KubeObject } from "./model/object.ts";
import type { Bodies, Finding, Plan, PlannedObject, Scope } from "./model/plan.ts";
import type { Preview } from "./model/preview.ts";
import type { StopPlan } from "./model/provider.ts";
import type { SourceProviders } from "./model/run-record.ts";
import { collisionsOf } from "./plan/collisions.ts";
import { kindsAfterInstall } from "./plan/crd-kinds.ts";
import type { Right } from "./plan/missing-rules.ts";
import { rightsFinding, rightsNeeded } from "./plan/needed-rights.ts";
import { movedObjects, travellers } from "./plan/plan-pivot.ts";
import { lackedRights, lacksRight, type Refused, refusalFindings } from "./plan/refusals.ts";
import { bodyToCreate } from "./plan/rewrite.ts";
import { type Served, servedBy } from "./plan/served.ts";
import {
  awaitedBy,
  deletesToTry,
  laterFindings,
  providerWebhooks,
  samplesOf,
} from "./plan/trials.ts";
import { createTrial, deleteTrial, patchTrial, type Trial, tryAll } from "./probe/dry-run.ts";
import { lackingRights } from "./probe/rights.ts";
import { freezePatch, toFreeze } from "./run/freeze.ts";
import { managedFieldsFor } from "./run/managed-fields.ts";
import { farewell } from "./run/remove.ts";

export interface PreflightDeps extends ForeknownDeps {
  readonly ask: Readonly<Record<ClusterName, ClusterAsker>>;
  readonly options: {
    readonly concurrency: number;
    readonly sourceProviders: SourceProviders;
    readonly scope: Scope;
  };
}

/** What was seen and planned. */
export interface Planned {
  readonly source: Inventory;
  readonly target: Inventory;
  readonly plan: Plan;
  readonly bodies: Bodies;
  readonly install: InstallPlan;
  readonly stop: StopPlan | undefined;
}

export interface Preflight {
  readonly findings: readonly Finding[];
  /** Uids of what can only be tried later. */
  readonly deferred: readonly string[];
  /** How many writes were tried. */
  readonly tried: number;
}

/** Stands where a run's id will be. */
const NO_RUN = "preflight";

/**
 * Tries copies in the target, and pauses and deletions in the source. Stores nothing.
 * @throws PivotError when a cluster does not answer.
 */
export async function preflight(deps: PreflightDeps, planned: Planned): Promise<Preflight> {
  const { ask, options } = deps;
  const { plan, install, target } = planned;
  const awaited = awaitedBy(plan, install, target.kinds);
  const [creates, changes] = [createTrials(planned, awaited), sourceTrials(planned)];
  const [inTarget, inSource, lacking, known] = await Promise.all([
    tryAll(ask.target, creates, options.concurrency),
    tryAll(ask.source, changes, options.concurrency),
    lackingIn(ask, planned, options),
    foreknown(deps, planned),
  ]);
  return {
    findings: [
      ...known,
      ...laterFindings(plan, awaited),
      ...rightsFinding("source", [...lacking.source, ...lackedRights(inSource)]),
      ...rightsFinding("target", [...lacking.target, ...lackedRights(inTarget)]),
      ...refusalFindings(inTarget, { ...refusalContext(plan), cluster: "target" }),
      ...refusalFindings(inSource, {
        ...refusalContext(plan),
        cluster: "source",
        yielding: yieldingIn(planned),
      }),
    ],
    deferred: [...awaited.keys()],
    tried: creates.length + changes.length,
  };
}

type Lacking = Readonly<Record<ClusterName, readonly Right[]>>;

async function lackingIn(
  ask: PreflightDeps["ask"],
  planned: Planned,
  { concurrency, sourceProviders }: PreflightDeps["options"],
): Promise<Lacking> {
  const { source, target, install } = planned;
  const kinds = kindsAfterInstall(new Map([...source.kinds, ...target.kinds]), install);
  const needed = rightsNeeded({ ...planned, sourceProviders, kinds });
  const [inSource, inTarget] = await Promise.all([
    lackingRights(ask.source, needed.source, concurrency),
    lackingRights(ask.target, needed.target, concurrency),
  ]);
  return { source: inSource, target: inTarget };
}

function refusalContext(plan: Plan) {
  return { planned: travellers(plan).map(({ id }) => id), yielding: {} };
}

/** Webhooks of what is stopped are not asked any more when originals are deleted. */
function yieldingIn({ source, plan, stop }: Planned) {
  const own = providerWebhooks(source, plan.providers.source);
  return stop === undefined ? { delete: own } : { delete: own, strip: own };
}

function createTrials(
  { plan, install, target, bodies }: Planned,
  awaited: ReadonlyMap<string, unknown>,
): readonly Trial[] {
  const taken = new Set(collisionsOf(plan, target).map(({ uid }) => uid));
  const served = servedBy({ kinds: kindsAfterInstall(target.kinds, install) });
  return trialsOf(
    travellers(plan).filter(({ uid }) => !(awaited.has(uid) || taken.has(uid))),
    { bodies, served },
  );
}

/** In the order of the plan. Owners count as there, by the uids that they have in the source: nothing is stored. */
function trialsOf(
  objects: readonly PlannedObject[],
  { bodies, served }: { readonly bodies: Bodies; readonly served: Served },
): readonly Trial[] {
  return objects.flatMap((planned) => {
    const source = bodies.get(planned.uid);
    return source === undefined
      ? []
      : [createTrial(planned, () => copyToTry(source, planned, served))];
  });
}

function copyToTry(source: KubeObject, planned: PlannedObject, served: Served): object {
  const owners = planned.owners.filter((uid) => !planned.cutOwners.includes(uid));
  const uids = new Map(owners.map((uid) => [uid, uid]));
  const managedFields = managedFieldsFor(source, uids, served);
  return bodyToCreate(source, planned, { run: NO_RUN, uids, managedFields, ...served });
}

function sourceTrials({ plan, bodies, source }: Planned): readonly Trial[] {
  const moved = movedObjects(plan);
  const withBody = (objects: readonly PlannedObject[]) =>
    objects.flatMap((one) => {
      const body = bodies.get(one.uid);
      return body === undefined ? [] : [[one, body] as const];
    });
  return [
    ...withBody(toFreeze(moved)).map(([one, body]) =>
      patchTrial(one, "pause", whateverItsVersion(freezePatch(one, body, NO_RUN))),
    ),
    ...withBody(samplesOf(moved.filter(({ hasFinalizers }) => hasFinalizers))).map(([one, body]) =>
      patchTrial(one, "strip", whateverItsVersion(farewell(one, body))),
    ),
    ...deletesToTry(plan, source).map(deleteTrial),
  ];
}

/** Controllers are at work: an object may have changed since it was read. */
function whateverItsVersion<T extends { readonly metadata: object }>(patch: T): object {
  return { ...patch, metadata: { ...patch.metadata, resourceVersion: undefined } };
}

/**
 * The copies that could not be tried before, now that everything else is in the target.
 * @throws PivotError CREATE_REFUSED with every refusal, FORBIDDEN for want of a right.
 */
export async function tryDeferred(
  deps: Pick<PreflightDeps, "source" | "ask" | "options">,
  { plan, deferred, kinds, install }: Preview,
): Promise<number> {
  const wanted = new Set(deferred);
  const objects = travellers(plan).filter(({ uid }) => wanted.has(uid));
  const bodies = await readBodies(deps.source, objects.map(wantedOf));
  const served = servedBy({ kinds: kindsAfterInstall(kinds.target, install) });
  const trials = trialsOf(objects, { bodies, served });
  const refused = await tryAll(deps.ask.target, trials, deps.options.concurrency);
  requireNoRight(refused);
  const context = { ...refusalContext(plan), cluster: "target" } as const;
  const errors = refusalFindings(refused, context).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw refusedAll(errors);
  return trials.length;
}

function requireNoRight(refused: readonly Refused[]): void {
  const denied = refused.find(({ error }) => lacksRight(error));
  if (denied === undefined) return;
  throw new PivotError({
    code: "FORBIDDEN",
    cluster: "target",
    message: `the target cluster lets this user not create ${formatId(denied.id)}: ${denied.error.message}`,
    hint: "give this user the right that the server names, then run the same command again",
    cause: denied.error,
  });
}

const REFUSALS_SHOWN = 3;

function refusedAll(errors: readonly Finding[]): PivotError {
  const texts = errors.map(({ objects: [first], why, objects }) => {
    const others = objects.length > 1 ? ` and ${objects.length - 1} more` : "";
    return `${first === undefined ? "" : formatId(first)}${others}: ${why}`;
  });
  const more = texts.length > REFUSALS_SHOWN ? `; and ${texts.length - REFUSALS_SHOWN} more` : "";
  return new PivotError({
    code: "CREATE_REFUSED",
    cluster: "target",
    message: `${texts.slice(0, REFUSALS_SHOWN).join("; ")}${more}`,
    hint: errors[0]?.hint ?? "",
  });
}
