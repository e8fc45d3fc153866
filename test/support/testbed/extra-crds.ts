// Small CRDs for the kinds of a fleet that are not in Cluster API's modules: stand-ins for an IPAM provider, for an
// identity as infrastructure providers have it, and for a kind that nobody labelled. Schemas accept everything.

import { apiVersionOfKind, fleetKind } from "../fleet/fleet-kinds.ts";
import type { Labels } from "../fleet/fleet-object.ts";
import { type Crd, componentLabels } from "./capi-crds.ts";

const CONTRACT = "cluster.x-k8s.io/v1beta1";
const MOVE_HIERARCHY = { "clusterctl.cluster.x-k8s.io/move-hierarchy": "" };

/** Kinds and the labels of their CRDs. */
const KINDS: readonly (readonly [kind: string, labels: Labels])[] = [
  ["InClusterIPPool", componentLabels("ipam-in-cluster", MOVE_HIERARCHY)],
  ["GlobalInClusterIPPool", componentLabels("ipam-in-cluster", MOVE_HIERARCHY)],
  [
    "FleetClusterIdentity",
    componentLabels("infrastructure-fleet", { ...MOVE_HIERARCHY, [CONTRACT]: "v1alpha1" }),
  ],
  ["LargeNumber", componentLabels("infrastructure-fleet")],
  // What clusterctl does not see, and loses.
  ["ServerClaim", {}],
];

/** The CRDs of these kinds. */
export function extraCrds(): readonly Crd[] {
  return KINDS.map(([kind, labels]) => smallCrd(kind, labels));
}

const ANYTHING = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

function smallCrd(name: string, labels: Labels): Crd {
  const kind = fleetKind(name);
  const singular = name.toLowerCase();
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${kind.group}`, labels },
    spec: {
      group: kind.group,
      names: { kind: name, listKind: `${name}List`, plural: kind.plural, singular },
      scope: kind.namespaced ? "Namespaced" : "Cluster",
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          ...(kind.hasStatus ? { subresources: { status: {} } } : {}),
          schema: {
            openAPIV3Schema: {
              type: "object",
              description: `${name} of ${apiVersionOfKind(kind)}, for tests.`,
              properties: { spec: ANYTHING, status: ANYTHING },
            },
          },
        },
      ],
    },
  };
}
