// What belongs to a provider: followed by reference in both directions, joined with what carries its label.
import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../src/model/object.ts";
import { componentsOf, ownerOfCertManager, ownerOfProvider } from "../../src/plan/components.ts";
import {
  aController,
  aDeployment,
  anObject,
  aProvider,
  aSource,
  labelled,
  namesOf,
} from "./provider-world.ts";

const NAMESPACE = anObject("Namespace small-system");

function closure(...objects: readonly KubeObject[]): readonly string[] {
  const controllers = objects.filter(({ kind }) => kind === "Deployment");
  const owner = ownerOfProvider(aProvider(controllers));
  return namesOf(componentsOf(aSource(NAMESPACE, ...objects), owner));
}

const PROGRAM = aDeployment("small-system/manager", { serviceAccountName: "manager" });
const HOME = ["Namespace small-system", "Deployment small-system/manager"];
const ACCOUNT = anObject("ServiceAccount small-system/manager");
const subject = { kind: "ServiceAccount", name: "manager", namespace: "small-system" };

function aBinding(text: string, role: string, subjects: readonly object[] = [subject]): KubeObject {
  const [kind = "", name = ""] = role.split(" ");
  return anObject(text, {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
    subjects,
  });
}

function aWebhook(name: string, service: string, namespace = "small-system"): KubeObject {
  return anObject(`ValidatingWebhookConfiguration ${name}`, {
    webhooks: [{ name: "a.b.c", clientConfig: { service: { name: service, namespace } } }],
  });
}

const SERVICE = anObject("Service small-system/webhook", {
  spec: { selector: { app: "manager" } },
});

interface Case {
  readonly about: string;
  readonly objects: readonly KubeObject[];
  /** Beside the namespace and the program, in the order of creation. */
  readonly more: readonly string[];
}

const CASES: readonly Case[] = [
  {
    about: "nothing but the program and its namespace when nothing refers to anything",
    objects: [PROGRAM, anObject("ServiceAccount other/manager")],
    more: [],
  },
  {
    about: "an account, what is bound to it, and the roles of those bindings",
    objects: [
      PROGRAM,
      ACCOUNT,
      aBinding("RoleBinding small-system/leader", "Role leader"),
      anObject("Role small-system/leader"),
      anObject("Role small-system/other"),
      aBinding("ClusterRoleBinding manager", "ClusterRole manager"),
      anObject("ClusterRole manager"),
      aBinding("ClusterRoleBinding other", "ClusterRole other", [{ ...subject, namespace: "x" }]),
      anObject("ClusterRole other"),
    ],
    more: [
      "ServiceAccount small-system/manager",
      "Role small-system/leader",
      "ClusterRole manager",
      "RoleBinding small-system/leader",
      "ClusterRoleBinding manager",
    ],
  },
  {
    about: "a binding in another namespace, as of cert-manager's leaders in kube-system",
    objects: [
      PROGRAM,
      ACCOUNT,
      aBinding("RoleBinding kube-system/leader", "Role leader"),
      anObject("Role kube-system/leader"),
      anObject("Namespace kube-system"),
    ],
    more: [
      "ServiceAccount small-system/manager",
      "Role kube-system/leader",
      "RoleBinding kube-system/leader",
    ],
  },
  {
    about: "a binding of all accounts of the namespace, but no role that every cluster has",
    objects: [
      PROGRAM,
      ACCOUNT,
      aBinding("ClusterRoleBinding all", "ClusterRole cluster-admin", [
        { kind: "Group", name: "system:serviceaccounts:small-system" },
      ]),
      anObject("ClusterRole cluster-admin", {
        metadata: { labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } },
      }),
    ],
    more: ["ServiceAccount small-system/manager", "ClusterRoleBinding all"],
  },
  {
    about: "roles that an aggregating role collects",
    objects: [
      PROGRAM,
      ACCOUNT,
      aBinding("ClusterRoleBinding manager", "ClusterRole sum"),
      anObject("ClusterRole sum", {
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: "true" } }] },
      }),
      anObject("ClusterRole part", { metadata: { labels: { part: "true" } } }),
      anObject("ClusterRole other", { metadata: { labels: { part: "false" } } }),
    ],
    more: [
      "ServiceAccount small-system/manager",
      "ClusterRole sum",
      "ClusterRole part",
      "ClusterRoleBinding manager",
    ],
  },
  {
    about: "what its pods mount and read: volumes, projections, variables, pull secrets",
    objects: [
      aDeployment("small-system/manager", {
        imagePullSecrets: [{ name: "pull" }],
        volumes: [
          { name: "a", secret: { secretName: "mounted" } },
          { name: "b", projected: { sources: [{ secret: { name: "projected" } }] } },
          { name: "c", configMap: { name: "settings" } },
        ],
        initContainers: [{ name: "i", envFrom: [{ secretRef: { name: "all" } }] }],
        containers: [
          {
            name: "manager",
            env: [
              { name: "A", valueFrom: { secretKeyRef: { name: "one", key: "k" } } },
              { name: "B", valueFrom: { configMapKeyRef: { name: "two", key: "k" } } },
            ],
          },
        ],
      }),
      ...["pull", "mounted", "projected", "all", "one", "other"].map((name) =>
        anObject(`Secret small-system/${name}`),
      ),
      anObject("ConfigMap small-system/settings"),
      anObject("ConfigMap small-system/two"),
      anObject("ConfigMap small-system/kube-root-ca.crt"),
    ],
    more: [
      "Secret small-system/pull",
      "Secret small-system/mounted",
      "Secret small-system/projected",
      "Secret small-system/all",
      "Secret small-system/one",
      "ConfigMap small-system/settings",
      "ConfigMap small-system/two",
    ],
  },
  {
    about: "Services that select its pods, and whoever calls those",
    objects: [
      PROGRAM,
      SERVICE,
      anObject("Service small-system/other", { spec: { selector: { app: "other" } } }),
      anObject("Service small-system/hand-filled", { spec: {} }),
      aWebhook("ours", "webhook"),
      aWebhook("foreign", "webhook", "elsewhere"),
      anObject("CustomResourceDefinition smalls.x", {
        spec: {
          conversion: {
            webhook: { clientConfig: { service: { name: "webhook", namespace: "small-system" } } },
          },
        },
      }),
    ],
    more: [
      "CustomResourceDefinition smalls.x",
      "Service small-system/webhook",
      "ValidatingWebhookConfiguration ours",
    ],
  },
  {
    about:
      "the Certificate instead of the Secret that it fills, its issuer, and the authority of that",
    objects: [
      aDeployment("small-system/manager", {
        volumes: [{ name: "cert", secret: { secretName: "serving" } }],
      }),
      anObject("Secret small-system/serving", {
        metadata: { annotations: { "cert-manager.io/certificate-name": "serving" } },
      }),
      anObject("Certificate small-system/serving", {
        spec: { secretName: "serving", issuerRef: { kind: "Issuer", name: "ca" } },
      }),
      anObject("Issuer small-system/ca", { spec: { ca: { secretName: "authority" } } }),
      anObject("Secret small-system/authority"),
    ],
    more: [
      "Certificate small-system/serving",
      "Issuer small-system/ca",
      "Secret small-system/authority",
    ],
  },
  {
    about: "a Secret of cert-manager's that nobody would issue again",
    objects: [
      aDeployment("small-system/manager", {
        volumes: [{ name: "cert", secret: { secretName: "serving" } }],
      }),
      anObject("Secret small-system/serving", {
        metadata: { annotations: { "cert-manager.io/certificate-name": "gone" } },
      }),
    ],
    more: ["Secret small-system/serving"],
  },
  {
    about: "the Certificate that a webhook's bundle is injected from",
    objects: [
      PROGRAM,
      SERVICE,
      {
        ...aWebhook("ours", "webhook"),
        metadata: {
          ...aWebhook("ours", "webhook").metadata,
          annotations: { "cert-manager.io/inject-ca-from": "small-system/serving" },
        },
      },
      anObject("Certificate small-system/serving", { spec: { secretName: "serving" } }),
    ],
    more: [
      "Certificate small-system/serving",
      "Service small-system/webhook",
      "ValidatingWebhookConfiguration ours",
    ],
  },
  {
    about: "its budgets, network policies and priority class",
    objects: [
      aDeployment("small-system/manager", { priorityClassName: "high" }),
      anObject("PriorityClass high"),
      anObject("PriorityClass low"),
      anObject("PodDisruptionBudget small-system/ours", {
        spec: {
          selector: { matchExpressions: [{ key: "app", operator: "In", values: ["manager"] }] },
        },
      }),
      anObject("PodDisruptionBudget small-system/other", {
        spec: { selector: { matchLabels: { app: "other" } } },
      }),
      anObject("NetworkPolicy small-system/deny-all", { spec: { podSelector: {} } }),
    ],
    more: [
      "PriorityClass high",
      "PodDisruptionBudget small-system/ours",
      "NetworkPolicy small-system/deny-all",
    ],
  },
  {
    about:
      "what carries its label, referred to or not, but no token, no release, nothing in deletion",
    objects: [
      PROGRAM,
      anObject("Secret small-system/credentials", { metadata: labelled("infrastructure-small") }),
      anObject("Secret small-system/theirs", { metadata: labelled("infrastructure-other") }),
      anObject("Secret small-system/token", {
        metadata: labelled("infrastructure-small"),
        type: "kubernetes.io/service-account-token",
      }),
      anObject("Secret small-system/release", {
        metadata: labelled("infrastructure-small"),
        type: "helm.sh/release.v1",
      }),
      anObject("ConfigMap small-system/going", {
        metadata: {
          ...labelled("infrastructure-small"),
          deletionTimestamp: "2026-01-01T00:00:00Z",
        },
      }),
      anObject("ConfigMap small-system/leader", {
        metadata: {
          ...labelled("infrastructure-small"),
          annotations: { "control-plane.alpha.kubernetes.io/leader": "{}" },
        },
      }),
    ],
    more: ["Secret small-system/credentials"],
  },
];

describe("a provider is", () => {
  test.each(CASES)("$about", ({ objects, more }) => {
    const found = closure(...objects);
    const rest = found.filter((name) => !HOME.includes(name));
    expect(found.filter((name) => HOME.includes(name))).toEqual(HOME);
    expect(rest).toEqual([...more]);
  });

  test("the same whatever refers to what in a circle", () => {
    const certificate = anObject("Certificate small-system/ca", {
      spec: { secretName: "ca", issuerRef: { name: "ca" } },
    });
    const issuer = anObject("Issuer small-system/ca", { spec: { ca: { secretName: "ca" } } });
    const program = aDeployment("small-system/manager", {
      volumes: [{ name: "cert", secret: { secretName: "ca" } }],
    });
    expect(closure(program, certificate, issuer)).toEqual([
      "Namespace small-system",
      "Certificate small-system/ca",
      "Issuer small-system/ca",
      "Deployment small-system/manager",
    ]);
  });
});

describe("cert-manager is", () => {
  const app = (name: string) => ({
    labels: { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": "cm" },
  });
  const program = aDeployment("certs/cm", {}, { metadata: app("cert-manager") });

  test("its programs, its CRDs, and roles that nobody is bound to", () => {
    const source = aSource(
      anObject("Namespace certs"),
      program,
      anObject("CustomResourceDefinition certificates.cert-manager.io", {
        spec: { group: "cert-manager.io" },
      }),
      anObject("ClusterRole view", { metadata: app("cert-manager") }),
      anObject("ClusterRole other", { metadata: app("something-else") }),
    );
    const controllers = [aController(program)];
    const owner = ownerOfCertManager(
      { namespace: "certs", version: "v1.21.2", controllers },
      source,
    );
    expect(namesOf(componentsOf(source, owner))).toEqual([
      "Namespace certs",
      "CustomResourceDefinition certificates.cert-manager.io",
      "ClusterRole view",
      "Deployment certs/cm",
    ]);
  });
});
