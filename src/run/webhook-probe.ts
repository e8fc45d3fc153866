// Do admission webhooks answer? Asked with dry runs that change nothing: one empty patch per kind. What a webhook says is
// all the same, as long as there is somebody to say it.
import { mapWithLimit } from "../kube/concurrency.ts";
import type { ClusterReader, ClusterWriter } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import { kindKey } from "../model/object.ts";
import type { Plan, PlannedObject } from "../model/plan.ts";
import { travellers } from "../plan/plan-pivot.ts";
import { addressOf, type RunContext } from "./context.ts";

/** Kinds (`kindKey`) of the plan in whose way no dead webhook of the source stands. */
export async function answeringWebhooks(
  context: RunContext,
  plan: Plan,
): Promise<readonly string[]> {
  const samples = samplesOf(plan);
  const answers = await mapWithLimit(samples, context.concurrency, (one) =>
    isAnswered(context.source, one),
  );
  return samples.filter((_, index) => answers[index]).map((one) => kindKey(one.kind));
}

/** One object per kind of a CRD. */
function samplesOf(plan: Plan): readonly PlannedObject[] {
  const samples = new Map<string, PlannedObject>();
  for (const one of travellers(plan)) if (one.kind.crd) samples.set(kindKey(one.kind), one);
  return [...samples.values()];
}

async function isAnswered(
  client: ClusterReader & ClusterWriter,
  { kind, id }: PlannedObject,
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
