// What manages a cluster, worked out from what it leaves behind: clusterctl, Helm, the CAPI operator and kubectl all
// leave something else. Pure: the same inventory in any order gives the same answer.
import { LABEL } from "../model/capi.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { compareStrings } from "../model/object.ts";
import {
  type NamedController,
  PROVIDER_TYPES,
  type Provider,
  type Providers,
} from "../model/provider.ts";
import { type AccountRules, accountRules } from "./account-rules.ts";
import { assignPrograms } from "./assign-programs.ts";
import { findCertManager, isCertManager } from "./cert-manager.ts";
import { labelKinds } from "./label-kinds.ts";
import { type Program, programsOf, toController } from "./programs.ts";
import { type Found, providersFrom } from "./provider-instances.ts";
import { isParent, isParentKind } from "./provider-parents.ts";
import { recordsOf } from "./provider-records.ts";
import { isProviderKind } from "./roots.ts";
import { webhookServers } from "./webhook-servers.ts";

/**
 * Every provider of a cluster, whoever installed it, in clusterctl's order of types.
 * `named`: `ns/name` of programs that belong to no provider (`--controller`); what is labelled or converts a provider's
 * kinds is that provider's nevertheless.
 */
export function findProviders(inventory: Inventory, named: readonly string[]): Providers {
  const { material } = inventory;
  const programs = programsOf(material);
  const found = findEvidence(inventory, programs, named);
  const assigned = new Set(found.assignments.map(({ program }) => program.uid));
  const rules = accountRules(material);
  return {
    providers: providersFrom(found).toSorted(inInstallOrder),
    parents: found.parents.map((program) => toController(program, material)),
    others: programs
      .filter(({ path, uid }) => named.includes(path) && !assigned.has(uid))
      .filter((program) => !found.parents.includes(program))
      .map((program) => toNamed(program, inventory, rules)),
    certManager: findCertManager(inventory, programs),
  };
}

function findEvidence(
  { kinds, material, objects }: Inventory,
  programs: readonly Program[],
  named: readonly string[],
): Found & { readonly parents: readonly Program[] } {
  const custom = [...kinds.values()].toSorted((a, b) => compareStrings(crdName(a), crdName(b)));
  const own = custom.filter(isProviderKind);
  const allServers = webhookServers(material, custom.filter(isParentKind), programs);
  const parents = programs.filter((program) => isParent(program, allServers));
  const candidates = programs.filter(
    (program) => !parents.includes(program) && !isCertManager(program),
  );
  const servers = webhookServers(material, own, candidates);
  const labels = labelKinds(own, (kind) =>
    servers
      .convertersOf(kind)
      .map((program) => program.labels[LABEL.provider])
      .find(Boolean),
  );
  const rules = accountRules(material);
  const isNamed = ({ path }: Program) => named.includes(path);
  const assignments = assignPrograms({
    ...{ programs: candidates, kinds: own, labels, servers, rules, isNamed },
  });
  const namespaces = [...objects.values()].filter(
    ({ apiVersion, kind }) => apiVersion === "v1" && kind === "Namespace",
  );
  return {
    records: recordsOf(material),
    kinds: own,
    labels,
    assignments,
    namespaces,
    material,
    parents,
  };
}

function crdName({ crd }: ResourceKind): string {
  return crd?.name ?? "";
}

function inInstallOrder(a: Provider, b: Provider): number {
  const order = ({ type }: Provider) =>
    type === undefined ? PROVIDER_TYPES.length : PROVIDER_TYPES.indexOf(type);
  return (
    order(a) - order(b) ||
    compareStrings(a.label, b.label) ||
    compareStrings(a.namespace ?? "", b.namespace ?? "")
  );
}

function toNamed(program: Program, { material }: Inventory, rules: AccountRules): NamedController {
  return { ...toController(program, material), groups: rules.groupsOf(program) };
}
