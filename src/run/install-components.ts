// Step 5: the providers that the target lacks are brought there, from namespaces to webhooks. Nothing that is there is
// changed; whatever is made carries the run's mark, so that an undone run leaves nothing (run/uninstall-components.ts).
import type { ComponentSet, InstallPlan } from "../model/install.ts";
import { CERT_MANAGER } from "../model/install.ts";
import type { Stage } from "../plan/component-kinds.ts";
import type { RunContext } from "./context.ts";
import { crdsOf, waitForSourceCrds, waitUntilServed } from "./install-crds.ts";
import { waitUntilAvailable, waitUntilIssued } from "./install-programs.ts";
import { requireRights } from "./install-rights.ts";
import { proveWebhooks, waitUntilInjected } from "./install-webhooks.ts";
import { Installation, type KindsOfBoth } from "./installation.ts";
import { step } from "./progress.ts";
import { completeInventory } from "./provider-inventory.ts";

/** What a program needs to start, in this order. */
const BEFORE_PROGRAMS: readonly Stage[] = [
  "accounts",
  "roles",
  "bindings",
  "configuration",
  "services",
  "others",
];

/**
 * Creates the components of the plan and waits until they work; an empty plan is no step at all.
 * May be repeated: what this run made is taken up.
 * @param kinds what both clusters served when the plan was made.
 * @throws PivotError FORBIDDEN, COMPONENT_DIFFERS, CREATE_REFUSED, CERTIFICATE_NOT_ISSUED, PROVIDER_NOT_AVAILABLE,
 * WEBHOOK_NOT_SERVED, TIMEOUT; whatever was created until then is left to `uninstallComponents`.
 */
export async function installComponents(
  context: RunContext,
  plan: InstallPlan,
  kinds: KindsOfBoth,
): Promise<void> {
  if (plan.sets.length === 0 && plan.unlisted.length === 0) return;
  const installation = new Installation(context, plan, kinds);
  const objects = plan.sets.reduce((sum, set) => sum + set.objects.length, 0);
  const providers = plan.sets.filter(({ provider }) => provider !== undefined).length;
  const work = async () => {
    await install(installation);
    return { result: undefined, figures: { providers, objects } };
  };
  await step(context.emit, "install", work, objects);
}

async function install(installation: Installation): Promise<void> {
  const { sets } = installation.plan;
  const certManager = sets.filter(({ owner }) => owner === CERT_MANAGER);
  const providers = sets.filter(({ owner }) => owner !== CERT_MANAGER);
  installation.requireKnownKinds();
  await requireRights(installation);
  await waitForSourceCrds(installation);
  await installation.createStage("namespaces", sets);
  await installation.createStage("crds", sets);
  await waitUntilServed(installation, crdsOf(sets));
  // Issues nothing before it runs, and its own certificates are made by itself.
  await startPrograms(installation, certManager);
  await installation.createStage("certificates", certManager);
  // Before the Secrets of their issuers: those may come later, pods may not come before what they mount.
  await installation.createStage("certificates", providers);
  await startPrograms(installation, providers);
  await completeInventory(installation);
}

async function startPrograms(
  installation: Installation,
  sets: readonly ComponentSet[],
): Promise<void> {
  if (sets.length === 0) return;
  for (const stage of BEFORE_PROGRAMS) await installation.createStage(stage, sets);
  if (sets.every(({ owner }) => owner !== CERT_MANAGER)) await waitUntilIssued(installation, sets);
  await installation.createStage("workloads", sets);
  await waitUntilAvailable(installation, sets);
  await installation.createStage("webhooks", sets);
  await waitUntilInjected(installation, sets);
  await proveWebhooks(installation, sets);
}
