// Providers whose conversion webhooks the run itself needs: they stop only after the originals are deleted (design 2:
// "Webhooks and CRD conversions").
import type { PlannedObject } from "../model/plan.ts";
import type { Controller, Provider, Providers } from "../model/provider.ts";

type OfKind = Pick<PlannedObject, "kind">;

/** `planned`: everything that travels. */
export function lateProviders(
  { providers }: Providers,
  planned: readonly OfKind[],
): readonly Provider[] {
  return providers.filter(
    ({ controllers, crds }) =>
      controllers.length > 0 &&
      planned.some((one) => crds.includes(one.kind.crd?.name ?? "") && needsConversion(one)),
  );
}

/** The source as it is when a whole pivot has stopped whatever it stops before it copies. */
export function afterStop(providers: Providers, planned: readonly OfKind[]): Providers {
  const late = lateProviders(providers, planned).flatMap(({ controllers }) => controllers);
  const going = new Set(late.map(({ uid }) => uid));
  const stop = <T extends Controller>(all: readonly T[]): readonly T[] =>
    all.map((one) => (going.has(one.uid) ? one : { ...one, replicas: 0 }));
  return {
    ...providers,
    providers: providers.providers.map((one) => ({ ...one, controllers: stop(one.controllers) })),
    parents: stop(providers.parents),
    others: stop(providers.others),
  };
}

/**
 * A kind of the plan that can only be read as long as its conversion webhook answers: some of its objects may be stored
 * at another version than the one that is spoken. Its provider cannot be stopped before they have left the source.
 */
export function needsConversion({ kind }: OfKind): boolean {
  const { crd } = kind;
  if (crd === undefined || !crd.hasConversionWebhook) return false;
  return (
    kind.version !== crd.storageVersion || crd.storedVersions.some((one) => one !== kind.version)
  );
}
