// A component of the source becomes the body to create in the target: what belongs to the source alone is gone, and the
// run's mark is on it (contract C9).
import { LABEL, OUR_PREFIX, OURS } from "../model/capi.ts";
import { CERT_ANNOTATION, type ComponentSet } from "../model/install.ts";
import {
  asRecord,
  fieldAt,
  formatId,
  idOf,
  type Json,
  type KubeObject,
  listAt,
  type OwnerReference,
  stringAt,
} from "../model/object.ts";
import { keyOfKind } from "./component-index.ts";
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CRD,
  MUTATING,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
  VALIDATING,
} from "./component-kinds.ts";

type Fields = Readonly<Record<string, Json>>;

export interface BodyContext {
  readonly set: ComponentSet;
  /** `formatId` of every component of every set. */
  readonly companions: ReadonlySet<string>;
  /** Target uids by source uid, of what exists by now. */
  readonly uids: Pick<ReadonlyMap<string, string>, "get">;
  readonly run: string;
}

/** Fields of metadata that are the author's; all others are the server's. */
const KEPT_METADATA = ["name", "namespace", "labels", "annotations"] as const;

const RUNTIME_ANNOTATIONS: ReadonlySet<string> = new Set([
  "deployment.kubernetes.io/revision",
  "deprecated.daemonset.template.generation",
  "crd-migration.cluster.x-k8s.io/observed-generation",
  "kubectl.kubernetes.io/last-applied-configuration",
  // On a Secret whose Certificate is gone: nobody issues it again.
  CERT_ANNOTATION.certificateName,
]);

/** Who fills `caBundle` from a certificate of the same cluster. */
const INJECTIONS: readonly string[] = [
  CERT_ANNOTATION.injectFrom,
  CERT_ANNOTATION.injectFromSecret,
  CERT_ANNOTATION.injectApiServer,
  "service.beta.openshift.io/inject-cabundle",
];

type Rule = (body: Fields, source: KubeObject, context: BodyContext) => Fields;

const RULES: Readonly<Record<string, Rule>> = {
  [SERVICE_ACCOUNT]: (body) => without(body, "secrets"),
  [SERVICE]: withoutAddresses,
  [CRD]: withoutConversionBundle,
  [MUTATING]: withoutBundles,
  [VALIDATING]: withoutBundles,
  [ROLE_BINDING]: withCompanions,
  [CLUSTER_ROLE_BINDING]: withCompanions,
  // The controller manager fills the rules of a role that aggregates.
  [CLUSTER_ROLE]: (body) => (body["aggregationRule"] == null ? body : { ...body, rules: null }),
};

/** The body to POST. */
export function componentBody(source: KubeObject, context: BodyContext): KubeObject {
  const { metadata, status: _, ...rest } = source;
  const rule = RULES[keyOfKind(source)];
  const body = rule === undefined ? rest : rule(rest, source, context);
  const kept = Object.fromEntries(KEPT_METADATA.map((field) => [field, metadata[field]]));
  const owners = ownersOf(source, context);
  return {
    ...body,
    metadata: {
      ...kept,
      labels: labelsOf(source, context),
      annotations: {
        ...ownAnnotations(source),
        [OURS.run]: context.run,
        [OURS.component]: context.set.owner,
      },
      ...(owners.length > 0 ? { ownerReferences: owners } : {}),
    },
  } as unknown as KubeObject;
}

/** As clusterctl labels whatever it installs (repository/components.go, addCommonLabels): it finds components by them. */
function labelsOf({ metadata }: KubeObject, { set }: BodyContext): Fields {
  const { provider } = set;
  if (provider === undefined) return metadata.labels ?? {};
  return { [LABEL.clusterctl]: "", [LABEL.provider]: provider.label, ...metadata.labels };
}

function ownAnnotations({ metadata }: KubeObject): Fields {
  const entries = Object.entries(metadata.annotations ?? {});
  return Object.fromEntries(
    entries.filter(([key]) => !RUNTIME_ANNOTATIONS.has(key) && !key.startsWith(OUR_PREFIX)),
  );
}

/** Owners that came along, by their new uids; an object of the CAPI operator does not belong to its CR any more. */
function ownersOf({ metadata }: KubeObject, { uids }: BodyContext): readonly OwnerReference[] {
  return (metadata.ownerReferences ?? []).flatMap((owner) => {
    const uid = uids.get(owner.uid);
    return uid === undefined ? [] : [{ ...owner, uid }];
  });
}

function without(body: Fields, ...fields: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field)));
}

const ADDRESSES = ["clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"];

/** Addresses are given out by the cluster; `None` is no address but a wish. */
function withoutAddresses(body: Fields): Fields {
  const spec = asRecord(body["spec"]) ?? {};
  const drop = spec["clusterIP"] === "None" ? ADDRESSES : ["clusterIP", ...ADDRESSES];
  const ports = listAt(spec, "ports").map((port) => without(asRecord(port) ?? {}, "nodePort"));
  return { ...body, spec: { ...without(spec, ...drop), ports } };
}

/** Is the bundle put there by somebody who does so in the target too? Any other may be all that there is. */
function isInjected({ metadata }: KubeObject): boolean {
  return INJECTIONS.some((annotation) => annotation in (metadata.annotations ?? {}));
}

function withoutBundle(config: Json): Json {
  const record = asRecord(config);
  return record === undefined ? config : without(record, "caBundle");
}

function withoutConversionBundle(body: Fields, source: KubeObject): Fields {
  const spec = asRecord(body["spec"]) ?? {};
  const conversion = asRecord(spec["conversion"]);
  const webhook = asRecord(conversion?.["webhook"]);
  if (webhook === undefined || !isInjected(source)) return body;
  const clientConfig = withoutBundle(webhook["clientConfig"]);
  return {
    ...body,
    spec: { ...spec, conversion: { ...conversion, webhook: { ...webhook, clientConfig } } },
  };
}

function withoutBundles(body: Fields, source: KubeObject): Fields {
  if (!isInjected(source)) return body;
  const webhooks = listAt(body, "webhooks").map((webhook) => ({
    ...asRecord(webhook),
    clientConfig: withoutBundle(fieldAt(webhook, "clientConfig")),
  }));
  return { ...body, webhooks };
}

/** Accounts of the source that stay there: their namesakes in the target must not get these rights. */
function withCompanions(body: Fields, source: KubeObject, { companions }: BodyContext): Fields {
  const subjects = listAt(body, "subjects").filter((subject) => {
    if (fieldAt(subject, "kind") !== SERVICE_ACCOUNT) return true;
    const namespace = stringAt(subject, "namespace") ?? source.metadata.namespace ?? "";
    const name = stringAt(subject, "name") ?? "";
    return name === "default"
      ? companions.has(`Namespace ${namespace}`)
      : companions.has(`${SERVICE_ACCOUNT} ${namespace}/${name}`);
  });
  return { ...body, subjects };
}

/** `formatId` of every component of these sets. */
export function companionsOf(sets: readonly ComponentSet[]): ReadonlySet<string> {
  return new Set(sets.flatMap(({ objects }) => objects).map((object) => formatId(idOf(object))));
}
