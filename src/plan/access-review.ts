// The two questions about rights that any user may ask an API server of himself. Pure.
import type { ResourceKind } from "../model/kinds.ts";
import { type Json, listAt } from "../model/object.ts";
import type { Right } from "./missing-rules.ts";

const GROUP = "authorization.k8s.io";

export const ACCESS_REVIEW = reviewKind("SelfSubjectAccessReview", "selfsubjectaccessreviews");
export const RULES_REVIEW = reviewKind("SelfSubjectRulesReview", "selfsubjectrulesreviews");

/** Most operators may do everything: one question instead of a hundred. */
export const EVERYTHING: Right = { group: "*", plural: "*", verb: "*" };

function reviewKind(kind: string, plural: string): ResourceKind {
  return {
    ...{ group: GROUP, kind, plural, namespaced: false, versions: ["v1"], version: "v1" },
    ...{ verbs: ["create"], hasStatus: false },
  };
}

/** May I do this? The answer is in `status.allowed`. */
export function accessQuestion({ group, plural, verb, namespace }: Right): object {
  const [resource = "", subresource] = plural.split("/");
  return question(ACCESS_REVIEW, {
    resourceAttributes: {
      ...{ group, resource, verb },
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
    },
  });
}

/** What may I do in this namespace? The answer is in `status.resourceRules`. */
export function rulesQuestion(namespace: string): object {
  return question(RULES_REVIEW, { namespace });
}

function question({ kind }: ResourceKind, spec: object): object {
  return { apiVersion: `${GROUP}/v1`, kind, spec };
}

/** Do these rules (RBAC's, of a review) grant the right for objects of any name? */
export function isGranted({ group, plural, verb }: Right, rules: readonly Json[]): boolean {
  const [, subresource] = plural.split("/");
  const resources = ["*", plural, ...(subresource === undefined ? [] : [`*/${subresource}`])];
  return rules.some(
    (rule) =>
      listAt(rule, "resourceNames").length === 0 &&
      includesAny(rule, "verbs", ["*", verb]) &&
      includesAny(rule, "apiGroups", ["*", group]) &&
      includesAny(rule, "resources", resources),
  );
}

function includesAny(rule: Json, field: string, wanted: readonly string[]): boolean {
  return listAt(rule, field).some((one) => typeof one === "string" && wanted.includes(one));
}
