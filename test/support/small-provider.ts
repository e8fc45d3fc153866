// A provider of everything that a provider has, small enough to be looked at whole: two versions of one kind with
// conversion and admission webhooks, a certificate, rights, credentials, a program.
import type { KubeObject } from "../../src/model/object.ts";
import { ask, type FleetApi } from "./fleet/fleet-api.ts";

export interface SmallProvider {
  readonly name: string;
  readonly namespace: string;
  readonly label: string;
  readonly group: string;
  /** In an order in which they can be created. */
  readonly objects: readonly object[];
}

export interface SmallProviderOptions {
  readonly name: string;
  /** Where its webhook listens on this host; an ExternalName Service leads there, since no pod of the testbed runs. */
  readonly port: number;
  /** What the source's webhook and CRD say: it must not come along. */
  readonly caBundle: string;
}

export function smallProvider(options: SmallProviderOptions): SmallProvider {
  const { name } = options;
  const label = `infrastructure-${name}`;
  const namespace = `${name}-system`;
  const facts = { ...options, namespace, label, group: `${name}.example.io` };
  const objects = [
    ...configuration(facts),
    crd(facts),
    ...certificates(facts),
    ...rights(facts),
    ...program(facts),
    webhooks(facts),
  ].map((object) => labelled(object, label));
  return { name, namespace, label, group: facts.group, objects };
}

interface Facts extends SmallProviderOptions {
  readonly namespace: string;
  readonly label: string;
  readonly group: string;
}

interface Manifest {
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

function labelled(object: Manifest, label: string): object {
  const labels = { "cluster.x-k8s.io/provider": label };
  return { ...object, metadata: { ...object.metadata, labels } };
}

function configuration({ namespace, name }: Facts): readonly Manifest[] {
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace, name: `${name}-credentials` },
      data: { token: btoa("s3cr3t-of-the-provider") },
    },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        namespace,
        name: `${name}-cert`,
        annotations: { "cert-manager.io/certificate-name": `${name}-serving` },
      },
      type: "Opaque",
      data: { "tls.key": btoa("the source's key") },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace, name: `${name}-settings` },
      data: { level: "4" },
    },
  ];
}

const injection = ({ namespace, name }: Facts) => ({
  "cert-manager.io/inject-ca-from": `${namespace}/${name}-serving`,
});

const clientConfig = ({ namespace, name, port, caBundle }: Facts, path: string) => ({
  caBundle,
  service: { namespace, name: `${name}-webhook`, path, port },
});

function crd(facts: Facts): Manifest {
  const { group } = facts;
  const spec = { type: "object", required: ["size"], properties: { size: { type: "integer" } } };
  const openAPIV3Schema = { type: "object", properties: { spec } };
  const version = (name: string, storage: boolean) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema },
  });
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `smalls.${group}`, annotations: injection(facts) },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Small", listKind: "SmallList", plural: "smalls", singular: "small" },
      versions: [version("v1", false), version("v2", true)],
      conversion: {
        strategy: "Webhook",
        webhook: {
          conversionReviewVersions: ["v1"],
          clientConfig: clientConfig(facts, "/convert"),
        },
      },
    },
  };
}

function certificates({ namespace, name }: Facts): readonly Manifest[] {
  return [
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      metadata: { namespace, name: `${name}-issuer` },
      spec: { selfSigned: {} },
    },
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { namespace, name: `${name}-serving` },
      spec: {
        dnsNames: [`${name}-webhook.${namespace}.svc`],
        issuerRef: { kind: "Issuer", name: `${name}-issuer` },
        secretName: `${name}-cert`,
      },
    },
  ];
}

const RBAC = "rbac.authorization.k8s.io";

function rights({ namespace, name }: Facts): readonly Manifest[] {
  const rules = [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }];
  const subjects = [{ kind: "ServiceAccount", namespace, name: `${name}-manager` }];
  const binding = (kind: string, role: string, place: object) => ({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: { ...place, name: `${name}-binding` },
    roleRef: { apiGroup: RBAC, kind: role, name: `${name}-role` },
    subjects,
  });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name: `${name}-manager` } },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "Role",
      metadata: { namespace, name: `${name}-role` },
      rules,
    },
    { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name: `${name}-role` }, rules },
    binding("RoleBinding", "Role", { namespace }),
    binding("ClusterRoleBinding", "ClusterRole", {}),
  ];
}

function program({ namespace, name }: Facts): readonly Manifest[] {
  const app = { app: name };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace, name: `${name}-webhook` },
      spec: { type: "ExternalName", externalName: "localhost", selector: app },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace, name: `${name}-manager` },
      spec: {
        replicas: 1,
        selector: { matchLabels: app },
        template: {
          metadata: { labels: app },
          spec: {
            serviceAccountName: `${name}-manager`,
            containers: [
              {
                name: "manager",
                image: `registry.example.com/${name}:v1.2.3`,
                envFrom: [{ configMapRef: { name: `${name}-settings` } }],
              },
            ],
            volumes: [{ name: "cert", secret: { secretName: `${name}-cert` } }],
          },
        },
      },
    },
  ];
}

function webhooks(facts: Facts): Manifest {
  const { group, name } = facts;
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: `${name}-webhooks`, annotations: injection(facts) },
    webhooks: [
      {
        name: `validate.${group}`,
        admissionReviewVersions: ["v1"],
        clientConfig: clientConfig(facts, "/validate"),
        failurePolicy: "Fail",
        sideEffects: "None",
        timeoutSeconds: 2,
        rules: [
          {
            apiGroups: [group],
            apiVersions: ["v2"],
            operations: ["CREATE"],
            resources: ["smalls"],
          },
        ],
      },
    ],
  };
}

const PLURALS: Readonly<Record<string, string>> = {
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
};

/** Puts it into a cluster, one object after the other. */
export async function applyProvider(api: FleetApi, { objects }: SmallProvider): Promise<void> {
  for (const object of objects) await ask(api, "POST", pathOf(object as KubeObject), object);
}

/** The collection that an object is created in. */
export function pathOf({ apiVersion, kind, metadata: { namespace } }: KubeObject): string {
  const root = apiVersion.includes("/") ? "/apis" : "/api";
  const place = namespace === undefined ? "" : `/namespaces/${namespace}`;
  return `${root}/${apiVersion}${place}/${PLURALS[kind] ?? `${kind.toLowerCase()}s`}`;
}
