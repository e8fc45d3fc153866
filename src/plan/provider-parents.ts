// Programs that bring providers back when they are taken away: stopped before them, started after them.
import { LABEL } from "../model/capi.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { imageName } from "./image-name.ts";
import type { Program } from "./programs.ts";
import type { WebhookServers } from "./webhook-servers.ts";

/** Value of clusterctl's label `core` on whatever the CAPI operator is made of. */
export const CAPI_OPERATOR = "capi-operator";
export const OPERATOR_GROUP = "operator.cluster.x-k8s.io";

/** Groups of the objects that ask for providers: the CAPI operator's, and Rancher Turtles', which stands before it. */
const PARENT_GROUPS: ReadonlySet<string> = new Set([OPERATOR_GROUP, "turtles-capi.cattle.io"]);

const PARENT_IMAGES: ReadonlySet<string> = new Set(["cluster-api-operator", "turtles"]);

/** A kind whose objects say which providers there should be. */
export function isParentKind(kind: ResourceKind): boolean {
  return kind.crd !== undefined && PARENT_GROUPS.has(kind.group);
}

/** One of the CAPI operator's own. */
export function isOperatorKind({ group }: Pick<ResourceKind, "group">): boolean {
  return group === OPERATOR_GROUP;
}

/** By clusterctl's label, by what it serves, or by its image. `servers` must know the parents' kinds. */
export function isParent(program: Program, servers: WebhookServers): boolean {
  if (program.labels[LABEL.clusterctlCore] === CAPI_OPERATOR) return true;
  if (PARENT_IMAGES.has(imageName(program.image))) return true;
  const { converts, admits } = servers.kindsOf(program);
  return [...converts, ...admits].some(isParentKind);
}
