// Do admission webhooks answer? Asked with dry runs that change nothing: one empty patch per kind. What a webhook says is
// all the same, as long as there is somebody to say it.
import { mapWithLimit } from "../kube/concurrency.ts";
import type { ClusterReader, ClusterWriter } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import { kindKey } from "../model/object.ts";
import type { Plan, PlannedObject } from "../model/plan.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { addressOf, type RunContext, withKinds } from "./context.ts";

/** One object that stands for all of its kind. */
export type Sample = Pick<PlannedObject, "id" | "kind">;

/** Kinds (`kindKey`) in whose way no dead webhook of the source stands. */
export async function answeringWebhooks(
  context: RunContext,
  samples: readonly Sample[],
): Promise<readonly string[]> {
  const answers = await mapWithLimit(samples, context.concurrency, (one) =>
    isAnswered(context.source, one),
  );
  return samples.filter((_, index) => answers[index]).map((one) => kindKey(one.kind));
}

/** One object of the plan per kind of a CRD. */
export function samplesOf(plan: Plan): readonly Sample[] {
  const samples = new Map<string, Sample>();
  for (const one of travellers(plan)) if (one.kind.crd) samples.set(kindKey(one.kind), one);
  return [...samples.values()];
}

/** One object per kind of these, from a cluster; a kind of which nothing is left has no webhook to wait for. */
export function samplesOfKinds(inventory: Inventory, wanted: readonly string[]): readonly Sample[] {
  const samples = new Map<string, Sample>();
  for (const { id, kind } of withKinds(inventory.objects.values(), inventory)) {
    if (wanted.includes(kindKey(id))) samples.set(kindKey(id), { id, kind });
  }
  return [...samples.values()];
}

async function isAnswered(
  client: ClusterReader & ClusterWriter,
  { kind, id }: Sample,
): Promise<boolean> {
  try {
    await client.patch(kind, addressOf({ id }), "merge", {}, { dryRun: true });
    return true;
  } catch (error) {
    if (error instanceof KubeApiError) return !isDeadWebhook(error);
    throw error;
  }
}

/** apiserver pkg/admission/plugin/webhook/errors and apiextensions' conversion: the words for nobody there. */
export function isDeadWebhook({ message }: KubeApiError): boolean {
  return message.includes("failed calling webhook") || message.includes("conversion webhook for");
}
