// Step 15: what becomes of the providers of the source. `remove`: their components go. `stop`: they stay, at 0 and without
// admission webhooks. `keep`: they run again as before. Nothing that is not a provider's is touched in any case.
import type { Inventory } from "../model/inventory.ts";
import { formatId, idOf } from "../model/object.ts";
import type { Components } from "../model/provider.ts";
import type { SourceProviders, StoppedController } from "../model/run-record.ts";
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
  /** `record.replicas`. */
  readonly stopped: readonly StoppedController[];
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
  const { components, stopped, readSource } = request;
  const plan = planClean(components, await readSource());
  const total = plan.objects.length + plan.crds.length + plan.namespaces.length;
  const progress = progressOf(context.emit, "clean", "source", total);
  const removed = await removeComponents(context, plan, readSource, progress);
  const also = await removeCertManager(context, request);
  await releaseControllers(context, stopped);
  await forgetSourceWebhooks(context);
  const kept = [...removed.kept, ...stayingWords(plan.stays.map((one) => formatId(idOf(one))))];
  for (const text of kept) context.emit({ type: "note", text: `in the source, ${text}` });
  noteStopped(context, request, new Set(removed.objects.map(({ metadata }) => metadata.uid)));
  return { objects: removed.objects.length + also, kept: kept.length };
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
 * cert-manager may serve others: it goes only when clusterctl brought it and nothing asks for a certificate any more.
 * Resolves to the number of objects removed.
 */
async function removeCertManager(
  context: RunContext,
  { certManager, readSource }: CleanRequest,
): Promise<number> {
  if (certManager === undefined) return 0;
  const inventory = await readSource();
  const users = certManagerUsers(certManager, inventory);
  const reason = isClusterctls(certManager)
    ? users.slice(0, 1).map((user) => `${user} uses it`)[0]
    : "clusterctl did not install it";
  if (reason !== undefined) {
    context.emit({ type: "note", text: `in the source, cert-manager stays: ${reason}` });
    return 0;
  }
  const plan = planClean([certManager], inventory);
  const total = plan.objects.length + plan.crds.length + plan.namespaces.length;
  const progress = progressOf(context.emit, "clean", "source", total);
  const { objects, kept } = await removeComponents(context, plan, readSource, progress);
  for (const text of kept) context.emit({ type: "note", text: `in the source, ${text}` });
  return objects.length;
}
