// Pauses that a provider writes on objects of somebody else's controller, as soon as their Cluster is paused: a Cluster's
// pause reaches them in no other way (contract C1). Sources: cluster-api-provider-metal3 baremetal/metal3machine_manager.go
// (SetPauseAnnotation), cluster-api-provider-azure azure/services/aso/aso.go and pkg/mutators (Pause).
import { fieldAt, groupOf, type KubeObject, type ObjectId } from "../model/object.ts";
import type { Providers } from "../model/provider.ts";

export interface Marker {
  readonly annotation: string;
  /** The value that it must have; undefined: any. */
  readonly value?: string;
  /** Label of the provider that sets it. */
  readonly setBy: string;
}

interface Rule extends Marker {
  readonly isOf: (id: ObjectId) => boolean;
  /** Does the provider know the object, so that it will mark it? */
  readonly isKnown: (body: KubeObject) => boolean;
}

const INFRASTRUCTURE = "infrastructure.cluster.x-k8s.io";

const RULES: readonly Rule[] = [
  {
    annotation: "baremetalhost.metal3.io/paused",
    setBy: "infrastructure-metal3",
    isOf: ({ group, kind }) => group === "metal3.io" && kind === "BareMetalHost",
    // A host without a machine is nobody's: it goes on being inspected, cleaned and powered.
    isKnown: (body) =>
      fieldAt(body, "spec", "consumerRef", "kind") === "Metal3Machine" ||
      isOwnedBy(body, ({ kind }) => kind === "Metal3Machine"),
  },
  {
    annotation: "serviceoperator.azure.com/reconcile-policy",
    value: "skip",
    setBy: "infrastructure-azure",
    isOf: ({ group }) => group.endsWith(".azure.com"),
    isKnown: (body) => isOwnedBy(body, ({ apiVersion }) => groupOf(apiVersion) === INFRASTRUCTURE),
  },
];

function isOwnedBy(
  { metadata }: KubeObject,
  fits: (owner: { readonly apiVersion: string; readonly kind: string }) => boolean,
): boolean {
  return (metadata.ownerReferences ?? []).some(fits);
}

/** The pause that objects of this kind know beside that of their Cluster. */
export function markerOf(id: ObjectId): Marker | undefined {
  return RULES.find(({ isOf }) => isOf(id));
}

/** Does the object carry it? */
export function isMarked(id: ObjectId, { metadata }: KubeObject): boolean {
  const marker = markerOf(id);
  const value = metadata.annotations?.[marker?.annotation ?? ""];
  return value !== undefined && (marker?.value === undefined || marker.value === value);
}

/** Will it carry it once its Cluster is paused? Then the run waits for it before it goes on. */
export function isToBeMarked(id: ObjectId, body: KubeObject, { providers }: Providers): boolean {
  const rule = RULES.find(({ isOf }) => isOf(id));
  if (rule === undefined || !rule.isKnown(body)) return false;
  const setter = providers.filter(({ label }) => label === rule.setBy);
  return setter.some(({ controllers }) => controllers.some(({ replicas }) => replicas > 0));
}

/** `baremetalhost.metal3.io/paused`, `serviceoperator.azure.com/reconcile-policy=skip`: as `kubectl annotate` takes it. */
export function markerText({ annotation, value }: Marker): string {
  return value === undefined ? annotation : `${annotation}=${value}`;
}
