// Step 15: what becomes of the providers of the source. `remove`: their components go. `stop`: they stay, at 0 and without
// admission webhooks. `keep`: they run again as before. Nothing that is not a provider's is touched in any case.
import type { Inventory } from "../model/inventory.ts";
import { formatId, idOf, type KubeObject } from "../model/object.ts";
import type { Components } from "../model/provider.ts";
import type { ComponentRemoval, SourceProviders, StoppedController } from "../model/run-record.ts";
import { planOperatorRemoval, whyOperatorStays } from "../plan/clean-operator.ts";
import { certManagerUsers, isClusterctls, planClean } from "../plan/clean-plan.ts";
import type { RunContext } from "./context.ts";
import { progressOf } from "./progress.ts";
import { removeComponents } from "./remove-components.ts";
import {
  forgetSourceWebhooks,
  removeSourceWebhooks,
  restoreSourceWebhooks,
  whereWebhooksAreKept,
} from "./source-webhooks.ts";
import { releaseControllers, startControllers, startParents } from "./start-controllers.ts";

export interface CleanRequest {
  readonly choice: SourceProviders;
  /** Of the source's providers, in the order of creation; without cert-manager. Read for `remove` only. */
  readonly components: readonly Components[];
  /** cert-manager of the source, when it is there. */
  readonly certManager: Components | undefined;
  /** What brought the providers of the source, when that is there. */
  readonly operator: Components | undefined;
  /** `record.replicas`. */
  readonly stopped: readonly StoppedController[];
  /** What a process that was interrupted had begun to remove: `record.cleaning`. */
  readonly begun: readonly ComponentRemoval[];
  /** Writes into the run record what is to be removed; called before the first of it goes. */
  readonly onRecord: (all: readonly ComponentRemoval[]) => Promise<void>;
  /** Everything in the source as it is by now. */
  readonly readSource: () => Promise<Inventory>;
}

/**
 * Does it, says in notes what stays and why, and leaves nothing of this run in the source but its record (and, for
 * `stop`, the webhooks that were kept). Can be done again.
 * @throws PivotError CLEANUP_INCOMPLETE, FORBIDDEN; the fleet is in the target all the same.
 */
export async function cleanSource(
  context: RunContext,
  request: CleanRequest,
): Promise<Readonly<Record<string, number>>> {
  switch (request.choice) {
    case "keep":
      return startAgain(context, request);
    case "stop":
      return leaveStopped(context, request);
    case "remove":
      return removeProviders(context, request);
  }
}

/** Controllers before webhooks: the other way round nobody would serve them yet. */
async function startAgain(
  context: RunContext,
  { stopped }: CleanRequest,
): Promise<Readonly<Record<string, number>>> {
  // Nothing is left to be unpaused: no webhook is waited for.
  const records = { replicas: stopped, webhooks: [] };
  const started = await startControllers(context, records);
  const controllers = started + (await startParents(context, records));
  const webhooks = await restoreSourceWebhooks(context);
  await forgetSourceWebhooks(context);
  return { controllers, webhooks };
}

async function leaveStopped(
  context: RunContext,
  { stopped }: CleanRequest,
): Promise<Readonly<Record<string, number>>> {
  // Those that stopped late were still served before.
  await removeSourceWebhooks(context, stopped);
  await releaseControllers(context, stopped);
  const names = stopped.map(({ id, replicas }) => `${formatId(id)} (${replicas})`);
  if (names.length > 0) {
    const text = `stopped in the source, with the replicas that they had: ${names.join(", ")}`;
    context.emit({ type: "note", text });
  }
  const places = await whereWebhooksAreKept(context);
  if (places.length > 0) {
    const text = `the admission webhooks of the source are kept in ConfigMap ${places.join(", ")}`;
    context.emit({ type: "note", text });
  }
  return { controllers: stopped.length };
}

async function removeProviders(
  context: RunContext,
  request: CleanRequest,
): Promise<Readonly<Record<string, number>>> {
  const { components, stopped, readSource, begun } = request;
  const removal = new Removal(context, request);
  // By the record: half removed, they are no providers any more.
  for (const plan of begun) await removal.goOn(plan);
  const plan = planClean(components, await readSource());
  await removal.begin(plan);
  const staying = [...plan.stays, ...(await removeOperator(request, context, removal))];
  await removeCertManager(request, context, removal);
  await removal.removeNamespaces();
  await releaseControllers(context, stopped);
  await forgetSourceWebhooks(context);
  const stays = stayingWords(staying.map((one) => formatId(idOf(one))));
  for (const text of stays) context.emit({ type: "note", text: `in the source, ${text}` });
  noteStopped(context, request, new Set(removal.objects.map(({ metadata }) => metadata.uid)));
  return { objects: removal.objects.length, kept: removal.kept + stays.length };
}

/**
 * One plan after the other, each written down before the first of its objects goes. Namespaces last: what asks the
 * operator for a provider is in the namespace of that provider.
 */
class Removal {
  readonly objects: KubeObject[] = [];
  kept = 0;
  readonly #context: RunContext;
  readonly #request: CleanRequest;
  /** Of every plan so far, also of those of a process before. */
  readonly #known: KubeObject[] = [];
  readonly #namespaces = new Map<string, KubeObject>();
  #recorded: readonly ComponentRemoval[];

  constructor(context: RunContext, request: CleanRequest) {
    this.#context = context;
    this.#request = request;
    this.#recorded = request.begun;
  }

  async begin(plan: ComponentRemoval): Promise<void> {
    if (sizeOf(plan) === 0) return;
    this.#recorded = [...this.#recorded, inShort(plan)];
    await this.#request.onRecord(this.#recorded);
    await this.goOn(plan);
  }

  async goOn({ objects, crds, namespaces }: ComponentRemoval): Promise<void> {
    for (const one of namespaces) this.#namespaces.set(one.metadata.uid, one);
    await this.#remove({ objects, crds, namespaces: [] });
  }

  async removeNamespaces(): Promise<void> {
    const namespaces = [...this.#namespaces.values()];
    if (namespaces.length > 0) await this.#remove({ objects: [], crds: [], namespaces });
  }

  async #remove(plan: ComponentRemoval): Promise<void> {
    const progress = progressOf(this.#context.emit, "clean", "source", sizeOf(plan));
    const { readSource } = this.#request;
    const deps = { readSource, progress, before: this.#known };
    const { objects, gone, kept } = await removeComponents(this.#context, plan, deps);
    for (const text of kept) this.#context.emit({ type: "note", text: `in the source, ${text}` });
    this.#known.push(...objects, ...gone);
    this.objects.push(...objects);
    this.kept += kept.length;
  }
}

function sizeOf({ objects, crds, namespaces }: ComponentRemoval): number {
  return objects.length + crds.length + namespaces.length;
}

/** Names and uids: nothing of what is in them. */
function inShort({ objects, crds, namespaces }: ComponentRemoval): ComponentRemoval {
  const short = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => {
    const { name, namespace, uid, resourceVersion } = metadata;
    const place = namespace === undefined ? {} : { namespace };
    return { apiVersion, kind, metadata: { name, ...place, uid, resourceVersion } };
  };
  return {
    objects: objects.map(short),
    crds: crds.map(short),
    namespaces: namespaces.map(short),
  };
}

function stayingWords(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, 5).join(", ");
  const others = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return [`${shown}${others} stay: nothing shows that they are a provider's alone`];
}

/** Programs that were stopped and are no provider's: parents, and what `--controller` named. */
function noteStopped(
  { emit }: RunContext,
  { stopped }: CleanRequest,
  removed: ReadonlySet<string>,
): void {
  for (const { id, uid, replicas } of stopped) {
    if (removed.has(uid)) continue;
    const text = `in the source, ${formatId(id)} stays, stopped: it had ${replicas} replicas`;
    emit({ type: "note", text });
  }
}

/**
 * The CAPI operator goes when nothing that it manages is left: its requests would bring the providers back. Resolves to
 * what of it may be somebody else's.
 */
async function removeOperator(
  { operator, readSource }: CleanRequest,
  context: RunContext,
  removal: Removal,
): Promise<readonly KubeObject[]> {
  if (operator === undefined) return [];
  const inventory = await readSource();
  const reason = whyOperatorStays(inventory);
  if (reason !== undefined) {
    context.emit({ type: "note", text: `in the source, the CAPI operator stays: ${reason}` });
    return [];
  }
  const plan = planOperatorRemoval(operator, inventory);
  await removal.begin(plan);
  return plan.stays;
}

/** cert-manager may serve others: it goes only when clusterctl brought it and nothing asks for a certificate any more. */
async function removeCertManager(
  { certManager, readSource }: CleanRequest,
  context: RunContext,
  removal: Removal,
): Promise<void> {
  if (certManager === undefined) return;
  const inventory = await readSource();
  const users = certManagerUsers(certManager, inventory);
  const reason = isClusterctls(certManager)
    ? users.slice(0, 1).map((user) => `${user} uses it`)[0]
    : "clusterctl did not install it";
  if (reason === undefined) return removal.begin(planClean([certManager], inventory));
  context.emit({ type: "note", text: `in the source, cert-manager stays: ${reason}` });
}
