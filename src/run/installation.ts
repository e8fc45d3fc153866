// One installation under way: its kinds, what exists by now, and how a single component is created. Looks before it
// acts: what this run made before is taken up, what somebody else made is used when it is equal and never changed.
import { mapWithLimit } from "../kube/concurrency.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import type { ComponentSet, InstallPlan } from "../model/install.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { formatId, groupOf, idOf, type KubeObject, kindKey } from "../model/object.ts";
import { companionsOf, componentBody } from "../plan/component-body.ts";
import { differencesOf, differsHint, differsText, isOfRun } from "../plan/component-compare.ts";
import { keyOfKind } from "../plan/component-index.ts";
import { CRD, type Stage, stageOf } from "../plan/component-kinds.ts";
import { kindOfCrd } from "../plan/crd-kinds.ts";
import type { Right } from "../plan/missing-rules.ts";
import { isWebhookFailure } from "../plan/webhook-rules.ts";
import { addressOf, type RunContext } from "./context.ts";
import { isMissingRight, missingRights, rightsOfDenial } from "./install-rights.ts";
import { type Progress, progressOf } from "./progress.ts";
import { refusal } from "./refusal.ts";

/** Kinds of both clusters by `kindKey`: a bare target does not serve yet what it will be given. */
export type KindsOfBoth = Readonly<Record<"source" | "target", Inventory["kinds"]>>;

/** A component in the target: made just now, made before, or somebody else's. */
interface Found {
  readonly uid: string;
  readonly status: "done" | "repeated" | "skipped";
}

export class Installation {
  readonly context: RunContext;
  readonly plan: InstallPlan;
  readonly #kinds: ReadonlyMap<string, ResourceKind>;
  readonly #companions: ReadonlySet<string>;
  readonly #uids = new Map<string, string>();
  readonly #progress: Progress;
  readonly #seen = new Set<string>();

  constructor(context: RunContext, plan: InstallPlan, kinds: KindsOfBoth) {
    this.context = context;
    this.plan = plan;
    this.#companions = companionsOf(plan.sets);
    const components = plan.sets.flatMap(({ objects }) => objects);
    const defined = components.filter((object) => keyOfKind(object) === CRD).map(kindOfCrd);
    this.#kinds = new Map([
      ...kinds.source,
      ...defined.map((kind) => [kindKey(kind), kind] as const),
      ...kinds.target,
    ]);
    this.#progress = progressOf(context.emit, "install", "target", this.#companions.size);
  }

  /** The kind of a component, at the version that it is written in. */
  kindOf(object: KubeObject): ResourceKind {
    const kind = this.#kinds.get(keyOfKind(object));
    if (kind === undefined) throw unknownKind(object);
    const version = object.apiVersion.slice(groupOf(object.apiVersion).length).replace("/", "");
    return { ...kind, version };
  }

  /** @throws PivotError CREATE_REFUSED for a kind that nobody knows, before anything is written. */
  requireKnownKinds(): void {
    for (const { objects } of this.plan.sets) for (const object of objects) this.kindOf(object);
  }

  /** Creates everything of one stage; rights that lack are collected, so that one error names them all. */
  async createStage(stage: Stage, sets: readonly ComponentSet[]): Promise<void> {
    const { signal, concurrency } = this.context;
    const denied: Right[] = [];
    const wanted = sets.flatMap((set) =>
      set.objects.filter((object) => stageOf(object) === stage).map((object) => ({ set, object })),
    );
    await mapWithLimit(wanted.filter(this.#isFirst), concurrency, async ({ set, object }) => {
      signal.throwIfAborted();
      denied.push(...(await this.#create(set, object)));
    });
    if (denied.length > 0) throw missingRights(this.context.target, denied);
  }

  /** Two providers may share a namespace: it is created once. */
  readonly #isFirst = ({ object }: { readonly object: KubeObject }): boolean => {
    const id = formatId(idOf(object));
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    return true;
  };

  /** Resolves to the rights that it lacks. */
  async #create(set: ComponentSet, object: KubeObject): Promise<readonly Right[]> {
    const { run, clock, timeoutMs } = this.context;
    const context = { set, companions: this.#companions, uids: this.#uids, run };
    const body = componentBody(object, context);
    const start = clock.monotonic();
    for (;;) {
      const outcome = await this.#attempt(object, body);
      const elapsed = clock.monotonic() - start;
      if (!(outcome instanceof KubeApiError)) return this.#finish(object, outcome);
      if (isMissingRight(outcome)) return rightsOfDenial(this.kindOf(object), object, outcome);
      if (!isPassing(outcome) || elapsed >= timeoutMs)
        throw refusal("CREATE_REFUSED", idOf(object), outcome, this.context.target);
      await this.#pause(object, outcome, elapsed);
    }
  }

  #finish(object: KubeObject, { uid, status }: Found): readonly Right[] {
    // Manifests have no uid, and nothing refers to one.
    if (object.metadata.uid !== "") this.#uids.set(object.metadata.uid, uid);
    this.#progress.done(idOf(object), status);
    return [];
  }

  async #attempt(object: KubeObject, body: KubeObject): Promise<KubeApiError | Found> {
    const kind = this.kindOf(object);
    const taken = await this.#createOrRefusal(kind, body);
    if (!(taken instanceof KubeApiError)) return { uid: taken.metadata.uid, status: "done" };
    if (taken.reason !== "AlreadyExists") return taken;
    const found = await this.#namesakeOf(kind, object);
    // Gone in between, or about to be: the name is free in a moment.
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return taken;
    const { uid } = found.metadata;
    if (isOfRun(found, this.context.run)) return { uid, status: "repeated" };
    const paths = differencesOf(body, found, object);
    if (paths.length > 0) throw differs(found, paths);
    return { uid, status: "skipped" };
  }

  async #namesakeOf(kind: ResourceKind, object: KubeObject): Promise<KubeObject | undefined> {
    try {
      return await this.context.target.get(kind, addressOf({ id: idOf(object) }));
    } catch (error) {
      if (error instanceof KubeApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #createOrRefusal(kind: ResourceKind, body: KubeObject): Promise<KubeObject | KubeApiError> {
    try {
      return await this.context.target.create(kind, body);
    } catch (error) {
      if (error instanceof KubeApiError) return error;
      throw error;
    }
  }

  /** The webhook of cert-manager may take a moment, in a target that has had it for long, too. */
  async #pause(object: KubeObject, error: KubeApiError, elapsed: number): Promise<void> {
    const what =
      error.reason === "AlreadyExists" ? "its namesake to be gone" : `a webhook: ${error.message}`;
    const reason = `${what}, before ${formatId(idOf(object))} can be created`;
    const { emit, clock, signal } = this.context;
    emit({ type: "waiting", step: "install", reason, seconds: Math.round(elapsed / 1000) });
    await clock.sleep(RETRY_MS, signal);
  }
}

const RETRY_MS = 1_000;

/** A webhook that starts, or a namesake that is being deleted: an undone run leaves some on their way out. */
function isPassing(error: KubeApiError): boolean {
  return error.reason === "AlreadyExists" || isWebhookFailure(error.message);
}

function differs(found: KubeObject, paths: readonly string[]): PivotError {
  return new PivotError({
    code: "COMPONENT_DIFFERS",
    cluster: "target",
    message: differsText(found, paths),
    hint: differsHint(found),
  });
}

function unknownKind(object: KubeObject): PivotError {
  return new PivotError({
    code: "CREATE_REFUSED",
    cluster: "target",
    message: `${formatId(idOf(object))} is of a kind that neither cluster serves and that no component defines`,
    hint: "install what defines the kind in the target, or leave the object out of the manifests",
  });
}
