// clusterctl's inventory: what makes `clusterctl upgrade` and `clusterctl move` work on the target (contract C7).
import { LABEL, OURS } from "../model/capi.ts";
import type { InstallPlan, InventoryFacts } from "../model/install.ts";

const GROUP = "clusterctl.cluster.x-k8s.io";
export const INVENTORY_CRD = `providers.${GROUP}`;

/** What the inventory needs of a provider; one without a version or a type cannot be listed. */
export function inventoryEntries(plan: InstallPlan): readonly Required<InventoryFacts>[] {
  const all = [...plan.sets.flatMap(({ provider }) => provider ?? []), ...plan.unlisted];
  return all.filter(
    (one) => one.type !== undefined && one.version !== undefined && one.namespace !== undefined,
  );
}

/** The inventory object of a provider (cmd/clusterctl/api/v1alpha3/provider_type.go: no spec, no status). */
export function inventoryObject(facts: InventoryFacts, run: string): object {
  return {
    apiVersion: `${GROUP}/v1alpha3`,
    kind: "Provider",
    metadata: {
      name: facts.label,
      namespace: facts.namespace,
      labels: {
        [LABEL.clusterctl]: "",
        [LABEL.clusterctlCore]: "inventory",
        [LABEL.provider]: facts.label,
      },
      annotations: { [OURS.run]: run, [OURS.component]: facts.label },
    },
    providerName: facts.name,
    type: facts.type,
    version: facts.version,
  };
}

const column = (name: string, jsonPath: string, type = "string") => ({ name, jsonPath, type });
const TEXT = { type: "string" };

/** The CRD as clusterctl installs it (cmd/clusterctl/config/crd/bases), without its descriptions. */
export function inventoryCrd(run: string): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: INVENTORY_CRD,
      labels: { [LABEL.clusterctlCore]: "inventory" },
      annotations: { [OURS.run]: run, [OURS.component]: "inventory" },
    },
    spec: {
      group: GROUP,
      names: {
        categories: ["cluster-api"],
        kind: "Provider",
        listKind: "ProviderList",
        plural: "providers",
        singular: "provider",
      },
      scope: "Namespaced",
      versions: [
        {
          name: "v1alpha3",
          served: true,
          storage: true,
          subresources: {},
          additionalPrinterColumns: [
            column("Age", ".metadata.creationTimestamp", "date"),
            column("Type", ".type"),
            column("Provider", ".providerName"),
            column("Version", ".version"),
          ],
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: {
                apiVersion: TEXT,
                kind: TEXT,
                metadata: { type: "object" },
                providerName: TEXT,
                type: TEXT,
                version: TEXT,
                watchedNamespace: TEXT,
              },
            },
          },
        },
      ],
    },
  };
}
