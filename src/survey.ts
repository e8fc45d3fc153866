// Looking: two clusters become inventories and a plan. Reads only; used for the preview, and again when the source
// stands still.
import { readBodies, wantedOf } from "./discover/bodies.ts";
import { discover } from "./discover/discover.ts";
import { identify, requireDifferent } from "./discover/identity.ts";
import type { Clock, ClusterAsker, ClusterReader } from "./model/client.ts";
import type { ClusterName } from "./model/error.ts";
import type { Emit, Figures } from "./model/event.ts";
import type { InstallPlan } from "./model/install.ts";
import type { ClusterIdentity, Inventory } from "./model/inventory.ts";
import { formatId, idOf, type KubeObject } from "./model/object.ts";
import type { Bodies, Finding, Plan, PlannedObject } from "./model/plan.ts";
import type { Preview } from "./model/preview.ts";
import type { StopPlan } from "./model/provider.ts";
import type { SourceProviders } from "./model/run-record.ts";
import { collisionFindings, collisionsOf, mayShare } from "./plan/collisions.ts";
import { targetAfterInstall } from "./plan/crd-kinds.ts";
import { sortFindings } from "./plan/findings.ts";
import { ignoring } from "./plan/ignored.ts";
import { operatorFindings } from "./plan/operator-findings.ts";
import { type PlanInput, planPivot, travellers } from "./plan/plan-pivot.ts";
import { chooseScope, requireSomethingToMove } from "./plan/scope.ts";
import { planStop, stopFindings } from "./plan/stop-plan.ts";
import { type Planned, preflight } from "./preflight.ts";
import { requireKindContext } from "./run/kind-cluster.ts";
import { digestManifests } from "./run/new-record.ts";
import { refuseOccupied } from "./run/open-session.ts";
import { step } from "./run/progress.ts";
import { type InstallSurveyDeps, surveyInstall } from "./survey-install.ts";

export interface SurveyDeps {
  readonly source: ClusterReader;
  readonly target: ClusterReader;
  /** The same clusters, asked what they would do. */
  readonly ask: Readonly<Record<ClusterName, ClusterAsker>>;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly options: InstallSurveyDeps["options"] & {
    readonly concurrency: number;
    readonly stopControllers: "auto" | "never";
    readonly sourceProviders: SourceProviders;
    readonly deleteKindCluster: boolean;
  };
}

export interface Survey {
  readonly source: Inventory;
  readonly target: Inventory;
  readonly plan: Plan;
  /** Of everything that travels. */
  readonly bodies: Bodies;
}

export type Identities = Readonly<Record<"source" | "target", ClusterIdentity>>;

/**
 * Steps 1 and 2: connects, reads both clusters, plans. Writes nothing.
 * @throws PivotError SAME_CLUSTER, LOCKED, RUN_UNFINISHED, NOT_CLUSTER_API, NOTHING_TO_MOVE, … and what the clients throw.
 */
export async function previewPivot(deps: SurveyDeps): Promise<Preview> {
  const identities = await connect(deps, () => refuseOccupied(deps));
  if (deps.options.deleteKindCluster) requireKindContext(identities.source.context);
  const { preview, planned } = await step(deps.emit, "discover", async () => {
    const both = await look(deps, identities);
    const scope = chooseScope(both.source, deps.options.scope);
    return previewOf({ ...deps, options: { ...deps.options, scope } }, identities, both);
  });
  return step(deps.emit, "preflight", async () => {
    const { findings, deferred, tried } = await preflight(deps, planned);
    const all = [...preview.plan.findings, ...ignoring(findings, deps.options.scope)];
    const plan = { ...preview.plan, findings: sortFindings(all) };
    return { result: { ...preview, plan, deferred }, figures: { writes: tried } };
  });
}

/**
 * Step 2 of a run that was interrupted: as if for the first time, without what the run itself has made in the target.
 * What it has tried before is not tried again, but for copies, if it had not paused anything.
 */
export function previewAgain(
  deps: SurveyDeps,
  identities: Identities,
  asBefore: (target: Inventory) => Inventory,
): Promise<{ readonly preview: Preview; readonly target: Inventory }> {
  return step(deps.emit, "discover", async () => {
    const { source, target } = await look(deps, identities);
    const both = { source, target: asBefore(target) };
    const { result, figures } = await previewOf(deps, identities, both);
    return { result: { preview: result.preview, target }, figures };
  });
}

async function previewOf(
  deps: SurveyDeps,
  identities: Identities,
  both: Both,
): Promise<{
  readonly result: { readonly preview: Preview; readonly planned: Planned };
  readonly figures: Figures;
}> {
  const install = await surveyInstall(deps, both.source, both.target);
  const { plan, bodies } = await planOn(deps, both, install.plan);
  requireSomethingToMove(both.source, plan);
  const stop = stopFor(deps, plan);
  const { scope, sourceProviders } = deps.options;
  const found = [
    ...plan.findings,
    ...(await findCollisions(deps, plan, both.target, bodies)),
    ...install.findings,
    ...(stop === undefined ? [] : stopFindings(stop)),
    ...operatorFindings({ ...plan, stop, install: install.plan, sourceProviders }),
  ];
  const findings = sortFindings(ignoring(found, scope));
  const kinds = { source: both.source.kinds, target: both.target.kinds };
  const around = { scope, choices: choicesOf(deps.options), install: install.plan, stop };
  const deferred = travellers(plan).map(({ uid }) => uid);
  const result = { ...identities, plan: { ...plan, findings }, deferred, ...around };
  const preview = { ...result, sourceProviders, kinds };
  return {
    result: { preview, planned: { ...both, plan, bodies, install: install.plan, stop } },
    figures: { objects: both.source.objects.size, kinds: both.source.kinds.size },
  };
}

function choicesOf({
  stopControllers,
  providers,
  manifests,
}: SurveyDeps["options"]): Preview["choices"] {
  const digest = manifests.length === 0 ? {} : { manifests: digestManifests(manifests) };
  return { stopControllers, providers, ...digest };
}

/** Only a whole management cluster lets go of its controllers: in a part of one they serve what stays. */
export function stopFor({ options }: SurveyDeps, plan: Plan): StopPlan | undefined {
  if (!plan.whole || options.stopControllers === "never") return undefined;
  return planStop(plan.providers.source, plan);
}

/** Step 1. `check` is asked when both have answered. */
export function connect(
  { source, target, emit }: SurveyDeps,
  check: (identities: Identities) => Promise<void>,
): Promise<Identities> {
  return step(emit, "connect", async () => {
    const [from, to] = await Promise.all([identify(source), identify(target)]);
    requireDifferent(from, to);
    const result = { source: from, target: to };
    await check(result);
    return { result, figures: { source: from.version, target: to.version } };
  });
}

/** The second look: the plan for both clusters as they are now. */
export async function survey(deps: SurveyDeps, identities: Identities): Promise<Survey> {
  const both = await look(deps, identities);
  return { ...both, ...(await planOn(deps, both, NO_INSTALL)) };
}

type Both = Pick<Survey, "source" | "target">;

const NO_INSTALL: InstallPlan = { sets: [], unlisted: [] };

async function look(deps: SurveyDeps, identities: Identities): Promise<Both> {
  const [source, target] = await Promise.all([
    discover(deps.source, identities.source),
    discover(deps.target, identities.target),
  ]);
  return { source, target };
}

/** The target counts as it will be when the providers have arrived. */
async function planOn(
  deps: SurveyDeps,
  { source, target }: Both,
  install: InstallPlan,
): Promise<Pick<Survey, "plan" | "bodies">> {
  const { scope, stopControllers } = deps.options;
  const arriving = new Set(install.sets.map(({ owner }) => owner));
  const options = { scope, arriving, stopControllers };
  const input = { source, target: targetAfterInstall(target, install), ...options };
  return planWithBodies(input, (planned) => readBodies(deps.source, planned.map(wantedOf)));
}

/** Plans until nothing new is reached: a plan says of what the bodies are needed that the next one reads. */
export async function planWithBodies(
  input: Omit<PlanInput, "bodies">,
  read: (planned: readonly PlannedObject[]) => Promise<Bodies>,
): Promise<Pick<Survey, "plan" | "bodies">> {
  const asked = new Set<string>();
  let bodies: Bodies = new Map();
  for (;;) {
    const plan = planPivot({ ...input, bodies });
    const unread = travellers(plan).filter(({ uid }) => !asked.has(uid));
    if (unread.length === 0) return { plan, bodies };
    for (const { uid } of unread) asked.add(uid);
    bodies = new Map([...bodies, ...(await read(unread))]);
  }
}

/** What the target has under the same names; bodies are read only where equality would make it harmless. */
async function findCollisions(
  deps: SurveyDeps,
  plan: Plan,
  target: Inventory,
  bodies: Bodies,
): Promise<readonly Finding[]> {
  const collisions = collisionsOf(plan, target);
  const inTarget = new Map<string, KubeObject>();
  for (const object of target.objects.values()) inTarget.set(formatId(idOf(object)), object);
  const wanted = collisions.filter(mayShare).flatMap(({ id, kind }) => {
    const uid = inTarget.get(formatId(id))?.metadata.uid;
    return uid === undefined ? [] : [wantedOf({ uid, kind, id })];
  });
  const found = await readBodies(deps.target, wanted);
  const byName = new Map([...found.values()].map((object) => [formatId(idOf(object)), object]));
  return collisionFindings(collisions, bodies, byName, target);
}
