// What an object of a provider leads to: one rule per kind, followed in both directions.
import { CERT_ANNOTATION } from "../model/install.ts";
import {
  asRecord,
  fieldAt,
  groupOf,
  type Json,
  type KubeObject,
  listAt,
  stringAt,
} from "../model/object.ts";
import { podReferences, pullSecretsOf } from "../model/pod-template.ts";
import { matchesLabels, matchesSelector } from "../model/selector.ts";
import { type ComponentIndex, keyOfKind } from "./component-index.ts";
import {
  CERTIFICATE,
  CLUSTER_ISSUER,
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CONFIG_MAP,
  CRD,
  DAEMON_SET,
  DEPLOYMENT,
  DISRUPTION_BUDGET,
  ISSUER,
  MUTATING,
  NAMESPACE,
  NETWORK_POLICY,
  PRIORITY_CLASS,
  ROLE_BINDING,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
  VALIDATING,
  WEBHOOKS,
} from "./component-kinds.ts";
import { issuersOfSecret } from "./left-behind.ts";

type Rule = (object: KubeObject, index: ComponentIndex) => readonly (KubeObject | undefined)[];

const RULES: Readonly<Record<string, Rule>> = {
  [DEPLOYMENT]: fromWorkload,
  [STATEFUL_SET]: fromWorkload,
  [DAEMON_SET]: fromWorkload,
  [SERVICE_ACCOUNT]: fromAccount,
  [ROLE_BINDING]: fromBinding,
  [CLUSTER_ROLE_BINDING]: fromBinding,
  [CLUSTER_ROLE]: fromAggregation,
  [SERVICE]: fromService,
  [SECRET]: fromSecret,
  [CERTIFICATE]: fromCertificate,
  [ISSUER]: fromIssuer,
  [CLUSTER_ISSUER]: fromIssuer,
  [CRD]: fromInjection,
  [MUTATING]: fromInjection,
  [VALIDATING]: fromInjection,
};

/** Everything that comes along because `object` does. */
export function referencesOf(object: KubeObject, index: ComponentIndex): readonly KubeObject[] {
  const { namespace } = object.metadata;
  const home = namespace === undefined ? [] : [index.find(NAMESPACE, undefined, namespace)];
  const rule = RULES[keyOfKind(object)];
  const found = [...home, ...(rule?.(object, index) ?? [])];
  return found.filter((one) => one !== undefined);
}

function fromWorkload(workload: KubeObject, index: ComponentIndex): ReturnType<Rule> {
  const { namespace } = workload.metadata;
  const references = podReferences(workload);
  const labels = labelsOfPods(workload);
  const secrets = [...references.secrets.map(({ name }) => name), ...references.pullSecrets];
  return [
    ...fromAccountName(references.serviceAccount, namespace, index),
    ...secrets.flatMap((name) => secretAndIssuers(name, namespace, index)),
    ...references.configMaps.map(({ name }) => index.find(CONFIG_MAP, namespace, name)),
    index.find(PRIORITY_CLASS, undefined, references.priorityClass ?? ""),
    ...index.inNamespace(SERVICE, namespace).filter((service) => isServiceOf(service, labels)),
    ...index
      .inNamespace(DISRUPTION_BUDGET, namespace)
      .filter((budget) => matchesSelector(fieldAt(budget, "spec", "selector"), labels)),
    ...index
      .inNamespace(NETWORK_POLICY, namespace)
      .filter((policy) => matchesSelector(fieldAt(policy, "spec", "podSelector") ?? {}, labels)),
  ];
}

/** Labels of the pods that a workload makes. */
export function labelsOfPods(workload: KubeObject): Readonly<Record<string, string>> {
  const labels = asRecord(fieldAt(workload, "spec", "template", "metadata", "labels")) ?? {};
  return labels as Readonly<Record<string, string>>;
}

/** A Service without a selector is filled by somebody else. */
function isServiceOf(service: KubeObject, labels: Readonly<Record<string, string>>): boolean {
  const selector = asRecord(fieldAt(service, "spec", "selector"));
  return selector !== undefined && matchesLabels(selector, labels);
}

/** `default` is in every namespace, so only its bindings matter. */
function fromAccountName(
  name: string,
  namespace: string | undefined,
  index: ComponentIndex,
): ReturnType<Rule> {
  const account = index.find(SERVICE_ACCOUNT, namespace, name);
  const rest = name === "default" && account !== undefined ? fromAccount(account, index) : [];
  return [account, ...rest];
}

/** A Secret that cert-manager issues stays behind: its Certificate comes instead. */
function secretAndIssuers(
  name: string,
  namespace: string | undefined,
  index: ComponentIndex,
): ReturnType<Rule> {
  return [index.find(SECRET, namespace, name), ...issuersOfSecret(index, namespace, name)];
}

function fromAccount(account: KubeObject, index: ComponentIndex): ReturnType<Rule> {
  const { name, namespace } = account.metadata;
  const bindings = [...index.ofKind(ROLE_BINDING), ...index.ofKind(CLUSTER_ROLE_BINDING)];
  return [
    ...bindings.filter((binding) =>
      listAt(binding, "subjects").some((subject) => isAccount(subject, binding, name, namespace)),
    ),
    ...pullSecretsOf(account).map((secret) => index.find(SECRET, namespace, secret)),
  ];
}

/** The namespace of a subject defaults to that of its RoleBinding. */
function isAccount(
  subject: Json,
  binding: KubeObject,
  name: string,
  namespace: string | undefined,
): boolean {
  if (fieldAt(subject, "kind") === "Group") {
    return fieldAt(subject, "name") === `system:serviceaccounts:${namespace}`;
  }
  const of = stringAt(subject, "namespace") ?? binding.metadata.namespace;
  return (
    fieldAt(subject, "kind") === SERVICE_ACCOUNT &&
    fieldAt(subject, "name") === name &&
    of === namespace
  );
}

function fromBinding(binding: KubeObject, index: ComponentIndex): ReturnType<Rule> {
  const role = fieldAt(binding, "roleRef");
  const kind = stringAt(role, "kind") ?? "";
  const namespace = kind === "Role" ? binding.metadata.namespace : undefined;
  return [index.find(`${kind}.rbac.authorization.k8s.io`, namespace, stringAt(role, "name") ?? "")];
}

/** Only of roles that aggregate: the built-in ones that collect ours are not ours. */
function fromAggregation(role: KubeObject, index: ComponentIndex): ReturnType<Rule> {
  const selectors = listAt(role, "aggregationRule", "clusterRoleSelectors");
  return index
    .ofKind(CLUSTER_ROLE)
    .filter(({ metadata }) =>
      selectors.some((selector) => matchesSelector(selector, metadata.labels ?? {})),
    );
}

function fromService(service: KubeObject, index: ComponentIndex): ReturnType<Rule> {
  const callers = [...WEBHOOKS, CRD].flatMap((kind) => index.ofKind(kind));
  const { name, namespace } = service.metadata;
  return callers.filter((caller) =>
    clientConfigsOf(caller).some(
      (config) =>
        fieldAt(config, "service", "name") === name &&
        fieldAt(config, "service", "namespace") === namespace,
    ),
  );
}

/** `clientConfig`s of a webhook configuration, or of a CRD's conversion. */
export function clientConfigsOf(caller: KubeObject): readonly Json[] {
  const webhooks = listAt(caller, "webhooks").map((one) => fieldAt(one, "clientConfig"));
  const conversion = fieldAt(caller, "spec", "conversion", "webhook", "clientConfig");
  return [...webhooks, conversion].filter((config) => config !== undefined);
}

function fromSecret(secret: KubeObject, index: ComponentIndex): ReturnType<Rule> {
  return issuersOfSecret(index, secret.metadata.namespace, secret.metadata.name);
}

function fromCertificate(certificate: KubeObject, index: ComponentIndex): ReturnType<Rule> {
  const reference = fieldAt(certificate, "spec", "issuerRef");
  const kind = stringAt(reference, "kind") ?? "Issuer";
  const group = stringAt(reference, "group") ?? groupOf(certificate.apiVersion);
  const namespace = kind === "ClusterIssuer" ? undefined : certificate.metadata.namespace;
  return [index.find(`${kind}.${group}`, namespace, stringAt(reference, "name") ?? "")];
}

/** The authority of a CA issuer. Who signs outside of the cluster (ACME, Vault) has credentials that are not followed. */
function fromIssuer(issuer: KubeObject, index: ComponentIndex): ReturnType<Rule> {
  const { namespace = index.certManagerNamespace } = issuer.metadata;
  const authority = stringAt(issuer, "spec", "ca", "secretName");
  return authority === undefined ? [] : secretAndIssuers(authority, namespace, index);
}

function fromInjection({ metadata }: KubeObject, index: ComponentIndex): ReturnType<Rule> {
  const [namespace, name = ""] = (metadata.annotations?.[CERT_ANNOTATION.injectFrom] ?? "").split(
    "/",
  );
  return [index.find(CERTIFICATE, namespace, name)];
}
