// What this user may not do, of what a run will need: asked before anything is written, in few requests.
import { mapWithLimit } from "../kube/concurrency.ts";
import type { ClusterAsker } from "../model/client.ts";
import { fieldAt, type Json, listAt } from "../model/object.ts";
import {
  ACCESS_REVIEW,
  accessQuestion,
  EVERYTHING,
  isGranted,
  RULES_REVIEW,
  rulesQuestion,
} from "../plan/access-review.ts";
import type { Right } from "../plan/missing-rules.ts";

/**
 * One question for who may do everything; else one per namespace, and one for every right that this leaves open.
 * @throws PivotError and KubeApiError when the server does not answer.
 */
export async function lackingRights(
  asker: ClusterAsker,
  needed: readonly Right[],
  width: number,
): Promise<readonly Right[]> {
  if (needed.length === 0 || (await isAllowed(asker, EVERYTHING))) return [];
  const byNamespace = [...Map.groupBy(needed, ({ namespace }) => namespace)];
  const open = await mapWithLimit(byNamespace, width, async ([namespace, rights]) =>
    namespace === undefined ? rights : notGranted(asker, namespace, rights),
  );
  const answers = await mapWithLimit(open.flat(), width, async (right) => ({
    right,
    allowed: await isAllowed(asker, right),
  }));
  return answers.filter(({ allowed }) => !allowed).map(({ right }) => right);
}

/** Rules may be told in part only, so what they do not grant is asked for. */
async function notGranted(
  asker: ClusterAsker,
  namespace: string,
  rights: readonly Right[],
): Promise<readonly Right[]> {
  const answer = await asker.review(RULES_REVIEW, rulesQuestion(namespace));
  const rules: readonly Json[] = listAt(answer, "status", "resourceRules");
  return rights.filter((right) => !isGranted(right, rules));
}

async function isAllowed(asker: ClusterAsker, right: Right): Promise<boolean> {
  const answer = await asker.review(ACCESS_REVIEW, accessQuestion(right));
  return fieldAt(answer, "status", "allowed") === true;
}
