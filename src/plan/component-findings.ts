// What keeps a provider from being brought to the target, seen before anything is written.

import type { ComponentSet, InstallPlan } from "../model/install.ts";
import { CERT_ANNOTATION, CERT_MANAGER, CERT_MANAGER_GROUP } from "../model/install.ts";
import {
  formatId,
  groupOf,
  idOf,
  type KubeObject,
  type ObjectId,
  stringAt,
} from "../model/object.ts";
import type { Finding } from "../model/plan.ts";
import { podReferences, pullSecretsOf } from "../model/pod-template.ts";
import { companionsOf } from "./component-body.ts";
import { keyOfKind } from "./component-index.ts";
import { CERTIFICATE, SERVICE_ACCOUNT, WORKLOADS } from "./component-kinds.ts";
import { usesUrl } from "./webhook-rules.ts";

/** Does the target hold an object of this `formatId`? */
export type InTarget = (id: string) => boolean;

/** All findings about what would be installed, but for what the target has under the same names. */
export function componentFindings(
  plan: InstallPlan,
  target: { readonly has: InTarget; readonly hasCertManager: boolean },
): readonly Finding[] {
  const objects = plan.sets.flatMap((set) => set.objects);
  return [
    ...objects.flatMap(unsupported),
    ...missingReferences(plan.sets, target.has),
    ...withoutCertManager(plan.sets, target.hasCertManager),
  ];
}

function unsupported(object: KubeObject): readonly Finding[] {
  return [...volumeClaims(object), ...urlWebhooks(object)];
}

function volumeClaims(object: KubeObject): readonly Finding[] {
  const claims = isWorkload(object) ? podReferences(object).claims : [];
  if (claims.length === 0) return [];
  return [
    {
      code: "COMPONENT_UNSUPPORTED",
      severity: "error",
      objects: [idOf(object)],
      why: `mounts the volume claim ${claims.join(", ")}, whose data cannot be copied`,
      hint: "install this provider in the target yourself, then run again",
    },
  ];
}

/** Its copy would go on calling whatever the source calls. */
function urlWebhooks(object: KubeObject): readonly Finding[] {
  if (!usesUrl(object)) return [];
  return [
    {
      code: "WEBHOOK_URL",
      severity: "error",
      objects: [idOf(object)],
      why: "calls a webhook by its URL, so its copy in the target would call the one of the source",
      hint: "let it name a Service (clientConfig.service), or install this provider in the target yourself",
    },
  ];
}

function isWorkload(object: KubeObject): boolean {
  return WORKLOADS.includes(keyOfKind(object));
}

/** Secrets and ConfigMaps that programs want and that neither come along, nor are issued, nor are there already. */
function missingReferences(sets: readonly ComponentSet[], inTarget: InTarget): readonly Finding[] {
  const companions = companionsOf(sets);
  const objects = sets.flatMap((set) => set.objects);
  const issued = new Set(objects.flatMap(issuedSecret));
  const isThere = (id: string) => companions.has(id) || issued.has(id) || inTarget(id);
  return objects.flatMap((object) =>
    wantedBy(object)
      .filter(({ id }) => !isThere(formatId(id)))
      .map((wanted) => missing(object, wanted)),
  );
}

/** The Secret that a Certificate of ours will fill. */
function issuedSecret(object: KubeObject): readonly string[] {
  const name = stringAt(object, "spec", "secretName");
  if (keyOfKind(object) !== CERTIFICATE || name === undefined) return [];
  return [`Secret ${object.metadata.namespace}/${name}`];
}

interface Wanted {
  readonly id: ObjectId;
  readonly isPull: boolean;
}

function wantedBy(object: KubeObject): readonly Wanted[] {
  const { namespace = "" } = object.metadata;
  const wanted = (kind: string, name: string, isPull = false): Wanted => ({
    id: { group: "", kind, namespace, name },
    isPull,
  });
  if (keyOfKind(object) === SERVICE_ACCOUNT)
    return pullSecretsOf(object).map((name) => wanted("Secret", name, true));
  if (!isWorkload(object)) return [];
  const { secrets, configMaps, pullSecrets, serviceAccount } = podReferences(object);
  return [
    ...secrets.filter((one) => !one.optional).map(({ name }) => wanted("Secret", name)),
    ...configMaps
      .filter((one) => !one.optional && one.name !== "kube-root-ca.crt")
      .map(({ name }) => wanted("ConfigMap", name)),
    ...pullSecrets.map((name) => wanted("Secret", name, true)),
    ...(serviceAccount === "default" ? [] : [wanted("ServiceAccount", serviceAccount)]),
  ];
}

/** Without a pull secret a pod may still start, from a public registry or from a node that has the image. */
function missing(object: KubeObject, { id, isPull }: Wanted): Finding {
  const use = isPull ? "pulls its images with" : "needs";
  return {
    code: "COMPONENT_REFERENCE_MISSING",
    severity: isPull ? "warning" : "error",
    objects: [idOf(object)],
    why: `${formatId(idOf(object))} ${use} ${formatId(id)}, which does not come along and is not in the target`,
    hint: `create ${formatId(id)} in the target, or put it into a file of --components`,
  };
}

/** Certificates are of no use when nobody issues them. */
function withoutCertManager(
  sets: readonly ComponentSet[],
  isInTarget: boolean,
): readonly Finding[] {
  if (isInTarget || sets.some(({ owner }) => owner === CERT_MANAGER)) return [];
  const wanting = sets.flatMap((set) => set.objects).filter(needsCertManager);
  if (wanting.length === 0) return [];
  return [
    {
      code: "CERT_MANAGER_MISSING",
      severity: "error",
      objects: wanting.map(idOf),
      why: "needs cert-manager, which is neither in the target nor found in the source",
      hint: "install cert-manager in the target, or name its manifest with --components",
    },
  ];
}

/** Is it cert-manager's to fill, or of a kind of its own? */
export function needsCertManager(object: KubeObject): boolean {
  const annotations = object.metadata.annotations ?? {};
  const isInjected = [CERT_ANNOTATION.injectFrom, CERT_ANNOTATION.injectFromSecret].some(
    (annotation) => annotation in annotations,
  );
  return isInjected || groupOf(object.apiVersion) === CERT_MANAGER_GROUP;
}
