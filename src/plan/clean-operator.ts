// The CAPI operator of the source, once its providers are gone: its requests (CoreProvider, …), itself and its kinds. It
// stays where it has anything left to manage. Pure.
import type { Inventory } from "../model/inventory.ts";
import { type KubeObject, kindKey } from "../model/object.ts";
import type { Components } from "../model/provider.ts";
import { type CleanPlan, planClean } from "./clean-plan.ts";
import { keyOfKind } from "./component-index.ts";
import { WEBHOOKS } from "./component-kinds.ts";
import { isOperatorKind, isParentKind } from "./provider-parents.ts";
import { findProviders } from "./providers.ts";

/** Why it has to stay, in words; undefined: nothing keeps it. `inventory`: after its providers were removed. */
export function whyOperatorStays(inventory: Inventory): string | undefined {
  const { providers, parents } = findProviders(inventory, []);
  const kinds = [...inventory.kinds.values()].filter(isParentKind);
  const other = kinds.find((kind) => !isOperatorKind(kind));
  if (other !== undefined) return `${kindKey(other)} shows that somebody else manages it`;
  if (parents.some(({ replicas }) => replicas > 0)) return "it still runs";
  const managed = providers.find(
    ({ evidence, controllers }) => evidence.includes("operator") && controllers.length > 0,
  );
  return managed === undefined ? undefined : `it manages ${managed.label}, which is still there`;
}

/**
 * Webhooks first, since nobody serves them; then the requests, which have finalizers that only the operator would take
 * off; then everything else.
 */
export function planOperatorRemoval(operator: Components, inventory: Inventory): CleanPlan {
  const plan = planClean([operator], inventory);
  const isWebhook = (object: KubeObject) => WEBHOOKS.includes(keyOfKind(object));
  return {
    ...plan,
    objects: [
      ...plan.objects.filter(isWebhook),
      ...inventory.material.operator,
      ...plan.objects.filter((object) => !isWebhook(object)),
    ],
  };
}
