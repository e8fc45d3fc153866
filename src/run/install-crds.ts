// CustomResourceDefinitions: what the source proves to work must be taken by the target, and really be served there.
import { mapWithLimit } from "../kube/concurrency.ts";
import { resourcePath } from "../kube/paths.ts";
import type { ClusterReader } from "../model/client.ts";
import { type ClusterName, KubeApiError, PivotError } from "../model/error.ts";
import type { ComponentSet } from "../model/install.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { fieldAt, type KubeObject, listAt, stringAt } from "../model/object.ts";
import { keyOfKind } from "../plan/component-index.ts";
import { CRD } from "../plan/component-kinds.ts";
import { kindOfCrd } from "../plan/crd-kinds.ts";
import { type Missing, waitUntil } from "./install-waits.ts";
import type { Installation } from "./installation.ts";
import { CRD_KIND } from "./our-kinds.ts";

const POLL_MS = 300;

/** CRDs of these sets. */
export function crdsOf(sets: readonly ComponentSet[]): readonly KubeObject[] {
  return sets.flatMap(({ objects }) => objects.filter((object) => keyOfKind(object) === CRD));
}

/** Waits until every copied CRD is Established in the source: what does not work there will not work elsewhere. */
export async function waitForSourceCrds({ context, plan }: Installation): Promise<void> {
  const copied = crdsOf(plan.sets.filter(({ from }) => from === "source"));
  let pending = copied.filter((crd) => !isEstablished(crd));
  await waitUntil(
    context,
    async () => {
      const now = await mapWithLimit(pending, context.concurrency, (crd) =>
        context.source.get(CRD_KIND, { name: crd.metadata.name }),
      );
      pending = now.filter((crd) => !isEstablished(crd));
      return pending.map((crd) => `${crd.metadata.name} of the source to be Established`);
    },
    (missing) => notServed("source", missing, context.source),
    POLL_MS,
  );
}

/**
 * Waits until every CRD is Established in the target and its kind answers: a fresh one says 404 first, and
 * then 429 "storage is (re)initializing". Asked at the storage version: no other can answer before its webhook does.
 */
export async function waitUntilServed(
  { context }: Installation,
  crds: readonly KubeObject[],
): Promise<void> {
  let pending = crds;
  await waitUntil(
    context,
    async () => {
      const served = await mapWithLimit(pending, context.concurrency, (crd) =>
        isServed(context.target, kindOfCrd(crd)),
      );
      pending = pending.filter((_, index) => served[index] !== true);
      return mapWithLimit(pending, context.concurrency, async (crd) => {
        const found = await context.target.get(CRD_KIND, { name: crd.metadata.name });
        return `${crd.metadata.name} to be served${refusedNames(found)}`;
      });
    },
    (missing) => notServed("target", missing, context.target),
    POLL_MS,
  );
}

function conditionOf(crd: KubeObject, type: string): unknown {
  return listAt(crd, "status", "conditions").find((one) => fieldAt(one, "type") === type);
}

function isEstablished(crd: KubeObject): boolean {
  return fieldAt(conditionOf(crd, "Established"), "status") === "True";
}

/** Names that another CRD has taken are the usual reason. */
function refusedNames(crd: KubeObject): string {
  const names = conditionOf(crd, "NamesAccepted");
  return fieldAt(names, "status") === "False" ? `: ${stringAt(names, "message") ?? ""}` : "";
}

async function isServed(client: ClusterReader, kind: ResourceKind): Promise<boolean> {
  try {
    await client.getRaw(resourcePath(kind, { query: { limit: "1" } }));
    return true;
  } catch (error) {
    if (error instanceof KubeApiError && [404, 429, 503].includes(error.status)) return false;
    throw error;
  }
}

function notServed(cluster: ClusterName, missing: Missing, client: ClusterReader): PivotError {
  return new PivotError({
    code: "TIMEOUT",
    cluster,
    message: `the ${cluster} cluster does not serve what its CustomResourceDefinitions define; waited for ${missing.slice(0, 3).join(", ")}`,
    hint: `kubectl --context ${client.context} get crd -o custom-columns=NAME:.metadata.name,CONDITIONS:.status.conditions[*].message   # see what keeps it`,
  });
}
