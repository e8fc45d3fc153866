// What this user may do in the target: asked before the first write, so that an installation does not stop half way for
// want of a right, and told all at once, as the ClusterRole that would do.
import { mapWithLimit } from "../kube/concurrency.ts";
import type { ClusterClient } from "../model/client.ts";
import { type KubeApiError, PivotError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { fieldAt, type KubeObject, kindKey } from "../model/object.ts";
import { ACCESS_REVIEW, accessQuestion, EVERYTHING } from "../plan/access-review.ts";
import { clusterRoleText, type Right } from "../plan/missing-rules.ts";
import { INSTALL_VERBS } from "../plan/needed-rights.ts";
import { lacksRight } from "../plan/refusals.ts";
import type { Installation } from "./installation.ts";

/** @throws PivotError FORBIDDEN with every right that lacks. */
export async function requireRights(installation: Installation): Promise<void> {
  const { target, concurrency } = installation.context;
  if (await isAllowed(target, EVERYTHING)) return;
  const needed = rightsNeeded(installation);
  const answers = await mapWithLimit(needed, concurrency, async (right) => ({
    right,
    allowed: await isAllowed(target, right),
  }));
  const denied = answers.filter(({ allowed }) => !allowed).map(({ right }) => right);
  if (denied.length > 0) throw missingRights(target, denied);
}

function rightsNeeded(installation: Installation): readonly Right[] {
  const rights = new Map<string, Right>();
  const need = (right: Right): void => {
    rights.set(`${right.verb} ${right.group}/${right.plural} ${right.namespace ?? ""}`, right);
  };
  for (const { objects } of installation.plan.sets) {
    for (const object of objects) {
      const { group, plural } = installation.kindOf(object);
      for (const verb of INSTALL_VERBS) need({ group, plural, verb, ...placeOf(object) });
      // The reasons why a program does not start.
      if (group === "apps") need({ group: "", plural: "pods", verb: "list", ...placeOf(object) });
    }
  }
  return [...rights.values()];
}

function placeOf({ metadata }: KubeObject): { readonly namespace?: string } {
  return metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
}

/** Stores nothing: a review is answered, not kept. */
async function isAllowed(client: ClusterClient, right: Right): Promise<boolean> {
  const answer = await client.create(ACCESS_REVIEW, accessQuestion(right));
  return fieldAt(answer, "status", "allowed") === true;
}

/** A refusal for want of a right, not of an admission plugin that answers 403 as well. */
export function isMissingRight(error: KubeApiError): boolean {
  return lacksRight(error) || (error.status === 403 && isEscalation(error.message));
}

/** Whoever creates a role must have its rights, or be allowed to hand out rights that he has not. */
function isEscalation(message: string): boolean {
  return message.includes("attempting to grant RBAC permissions not currently held");
}

/** The rights that a refused create asks for. */
export function rightsOfDenial(
  kind: ResourceKind,
  object: KubeObject,
  error: KubeApiError,
): readonly Right[] {
  const { group, plural } = kind;
  if (!isEscalation(error.message)) return [{ group, plural, verb: "create", ...placeOf(object) }];
  const isBinding = plural.endsWith("bindings");
  const roles = isBinding ? ["clusterroles", "roles"] : [plural];
  return roles.map((role) => ({ group, plural: role, verb: isBinding ? "bind" : "escalate" }));
}

const ROLE_NAME = "kubectl-capi-pivot";

export function missingRights(client: ClusterClient, rights: readonly Right[]): PivotError {
  const kinds = new Set(rights.map(({ group, plural: kind }) => kindKey({ group, kind })));
  return new PivotError({
    code: "FORBIDDEN",
    cluster: client.name,
    message: `this user may not install providers in the ${client.name} cluster: it lacks rights on ${[...kinds].join(", ")}`,
    hint: `as an administrator of that cluster, bind this ClusterRole to the user, or use a kubeconfig of another user\n${clusterRoleText(rights, ROLE_NAME)}`,
  });
}
