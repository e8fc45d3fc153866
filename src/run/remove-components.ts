// Components leave the source, in reverse order of their creation; CRDs and namespaces only when nothing is left in them.
import { EXIT, KubeApiError, PivotError } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { formatId, idOf, type KubeObject, kindKey } from "../model/object.ts";
import type { ComponentRemoval } from "../model/run-record.ts";
import { isProtectedNamespace, tenantsOf } from "../plan/clean-plan.ts";
import type { RunContext } from "./context.ts";
import { deleteComponent } from "./delete-component.ts";
import { NAMESPACE_KIND } from "./our-kinds.ts";
import type { Progress } from "./progress.ts";

const POLL_MS = 500;

/** What was removed, and why the rest was not. */
export interface Removed {
  readonly objects: readonly KubeObject[];
  /** Had been removed before. */
  readonly gone: readonly KubeObject[];
  /** In words, one each. */
  readonly kept: readonly string[];
}

/** What removing asks of its caller. */
export interface RemoveDeps {
  readonly readSource: () => Promise<Inventory>;
  readonly progress: Progress;
  /** Removed by earlier plans: what these made at run time keeps no namespace. */
  readonly before: readonly KubeObject[];
}

/**
 * Removes what the plan says. Everything is tried before an error ends it, and all of it can be done again.
 * @throws PivotError CLEANUP_INCOMPLETE naming what a server refused to delete.
 */
export async function removeComponents(
  context: RunContext,
  plan: ComponentRemoval,
  { readSource, progress, before }: RemoveDeps,
): Promise<Removed> {
  const remover = new Remover(context, await readSource(), progress, before);
  // One after the other: what is created last depends on what is created first.
  for (const object of plan.objects) await remover.remove(object);
  for (const crd of plan.crds) await remover.removeCrd(crd);
  const now = plan.namespaces.length === 0 ? undefined : await readSource();
  for (const namespace of plan.namespaces) if (now) await remover.removeNamespace(namespace, now);
  remover.requireSuccess();
  await waitUntilGone(context, remover.removed);
  return { objects: remover.removed, gone: remover.gone, kept: remover.kept };
}

class Remover {
  readonly removed: KubeObject[] = [];
  readonly kept: string[] = [];
  readonly gone: KubeObject[] = [];
  readonly #context: RunContext;
  readonly #inventory: Inventory;
  readonly #progress: Progress;
  readonly #before: readonly KubeObject[];
  readonly #failures: { readonly object: KubeObject; readonly error: KubeApiError }[] = [];

  constructor(
    context: RunContext,
    inventory: Inventory,
    progress: Progress,
    before: readonly KubeObject[],
  ) {
    this.#context = context;
    this.#inventory = inventory;
    this.#progress = progress;
    this.#before = before;
  }

  async remove(object: KubeObject): Promise<void> {
    const id = idOf(object);
    const kind = this.#inventory.kinds.get(kindKey(id));
    if (kind === undefined) return;
    try {
      await deleteComponent(this.#context.source, kind, object);
      this.removed.push(object);
      this.#progress.done(id);
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      // Gone already: what it made at run time goes with it all the same.
      if (error.status === 404) this.gone.push(object);
      // By uid: one of that name that is not the component is somebody else's.
      else if (error.status === 409)
        this.kept.push(`${formatId(id)} was made anew by somebody else`);
      else this.#failures.push({ object, error });
    }
  }

  async removeCrd(crd: KubeObject): Promise<void> {
    const { name, uid } = crd.metadata;
    if (!this.#inventory.objects.has(uid)) return;
    const kind = [...this.#inventory.kinds.values()].find((one) => one.crd?.name === name);
    if (kind === undefined) {
      this.kept.push(`CustomResourceDefinition ${name} stays: its objects cannot be listed`);
      return;
    }
    const left = await this.#leftOf(kind);
    if (left === undefined) await this.remove(crd);
    else this.kept.push(`CustomResourceDefinition ${name} stays: there is ${left}`);
  }

  /** Asked right before the deletion, which would take every object of the kind along. */
  async #leftOf(kind: ResourceKind): Promise<string | undefined> {
    try {
      const [first] = await this.#context.source.list(kind, { metadataOnly: true });
      return first === undefined ? undefined : formatId(idOf(first));
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      return error.status === 404 ? undefined : `no knowing what: ${error.message}`;
    }
  }

  async removeNamespace(namespace: KubeObject, now: Inventory): Promise<void> {
    const { name } = namespace.metadata;
    if (isProtectedNamespace(name)) return;
    const unseen = now.unlisted.find(({ kind }) => kind.namespaced);
    const tenants = unseen
      ? [`perhaps ${unseen.kind.plural}`]
      : tenantsOf(name, [...this.#before, ...this.removed, ...this.gone], now);
    const [first] = tenants;
    if (first === undefined) await this.remove(namespace);
    else {
      const others = tenants.length > 1 ? ` and ${tenants.length - 1} more` : "";
      this.kept.push(`Namespace ${name} stays: it holds ${first}${others}`);
    }
  }

  requireSuccess(): void {
    const [first] = this.#failures;
    if (first === undefined) return;
    const others = this.#failures.length > 1 ? ` (and ${this.#failures.length - 1} more)` : "";
    const { context } = this.#context.source;
    throw new PivotError({
      code: "CLEANUP_INCOMPLETE",
      cluster: "source",
      exitCode: EXIT.pastCommit,
      message: `the source cluster refused to delete ${formatId(idOf(first.object))}${others}: ${first.error.message}`,
      hint: `the fleet is in the target; delete the rest of the providers by hand in context ${context}, with a user who may`,
      cause: first.error,
    });
  }
}

/** Namespaces take their time. One that hangs is said, and does not fail a pivot that has succeeded. */
async function waitUntilGone(context: RunContext, removed: readonly KubeObject[]): Promise<void> {
  const { clock, emit, timeoutMs } = context;
  const start = clock.monotonic();
  const uids = new Set(removed.filter(({ kind }) => kind === "Namespace").map(uidOf));
  while (uids.size > 0) {
    const namespaces = await context.source.list(NAMESPACE_KIND, { metadataOnly: true });
    const left = namespaces.filter((one) => uids.has(one.metadata.uid));
    const [first] = left;
    if (first === undefined) return;
    const elapsed = clock.monotonic() - start;
    const name = `Namespace ${first.metadata.name}`;
    if (elapsed >= timeoutMs) {
      emit({ type: "note", text: `${name} of the source is being deleted, and still not gone` });
      return;
    }
    const seconds = Math.round(elapsed / 1000);
    emit({ type: "waiting", step: "clean", reason: `${name} to go`, seconds });
    await clock.sleep(POLL_MS);
  }
}

function uidOf({ metadata }: KubeObject): string {
  return metadata.uid;
}
