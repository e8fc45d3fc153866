// What programs may write, by the ClusterRoles of their service accounts.
import type { ProviderMaterial } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { compareStrings, type Json, listAt, stringAt } from "../model/object.ts";
import type { Program } from "./programs.ts";

const WRITES: readonly Json[] = ["create", "update", "patch", "delete", "deletecollection", "*"];

export interface AccountRules {
  /** API groups that it may write in; undefined when no ClusterRole tells, or one allows every group. */
  groupsOf(program: Program): readonly string[] | undefined;
  /**
   * How much the rules look like those of the kind's own controller: 1 when they name its status or finalizers, as
   * controller-gen writes them; 1/2 when they allow everything in its group, as for the core provider; else 0.
   */
  ownership(program: Program, kind: ResourceKind): number;
}

/** RoleBindings are not looked at: a provider's controller sees every namespace. */
export function accountRules({ roles, bindings }: ProviderMaterial): AccountRules {
  const rulesByRole = new Map(
    roles.map((role) => [role.metadata.name, listAt(role, "rules")] as const),
  );
  const byAccount = new Map<string, Json[]>();
  for (const binding of bindings) {
    const rules = rulesByRole.get(stringAt(binding, "roleRef", "name") ?? "") ?? [];
    for (const subject of listAt(binding, "subjects")) {
      if (stringAt(subject, "kind") !== "ServiceAccount") continue;
      const account = `${stringAt(subject, "namespace")}/${stringAt(subject, "name")}`;
      byAccount.set(account, [...(byAccount.get(account) ?? []), ...rules]);
    }
  }
  const writing = ({ account }: Program) =>
    (byAccount.get(account) ?? []).filter((rule) =>
      listAt(rule, "verbs").some((verb) => WRITES.includes(verb)),
    );
  return {
    groupsOf: (program) => groupsIn(writing(program)),
    ownership: (program, kind) =>
      Math.max(0, ...writing(program).map((rule) => ownershipIn(rule, kind))),
  };
}

function groupsIn(rules: readonly Json[]): readonly string[] | undefined {
  const groups = new Set(rules.flatMap((rule) => listAt(rule, "apiGroups").map(String)));
  return groups.size === 0 || groups.has("*") ? undefined : [...groups].sort(compareStrings);
}

function ownershipIn(rule: Json, { group, plural }: ResourceKind): number {
  if (!listAt(rule, "apiGroups").includes(group)) return 0;
  const resources = listAt(rule, "resources");
  if (resources.includes(`${plural}/status`) || resources.includes(`${plural}/finalizers`))
    return 1;
  return resources.includes("*") ? 1 / 2 : 0;
}
