// Objects around clusters that a mover meets: identities, drain rules, extensions, foreign kinds, numbers.
import { clusterLabels, encoded } from "./cluster-scope.ts";
import { readyStatus } from "./conditions.ts";
import { controlledBy, type FleetObject, MANAGER, ownedBy } from "./fleet-object.ts";
import { exactNumber } from "./lossless-json.ts";

/** A cluster-scoped identity of the provider and the Secret with its credentials in the provider's namespace. */
export function anIdentity(
  name: string,
  options: { readonly secretNamespace: string; readonly allowedNamespaces?: readonly string[] },
): readonly FleetObject[] {
  const identity: FleetObject = {
    kind: "FleetClusterIdentity",
    name,
    creation: { manager: MANAGER.kubectl },
    content: {
      spec: {
        secretRef: { namespace: options.secretNamespace, name: `${name}-credentials` },
        allowedNamespaces: options.allowedNamespaces ?? [],
      },
    },
    owners: [],
    status: () => ({ ready: true }),
  };
  const secret: FleetObject = {
    kind: "Secret",
    namespace: options.secretNamespace,
    name: `${name}-credentials`,
    creation: { manager: MANAGER.kubectl },
    content: {
      type: "Opaque",
      data: { username: encoded("fleet"), password: encoded(`of ${name}`) },
    },
    owners: [ownedBy(identity)],
    ownersBy: "adoption",
  };
  return [identity, secret];
}

/** A MachineDrainRule: no owner, no status, not moved by clusterctl. */
export function aMachineDrainRule(namespace: string, name: string): readonly FleetObject[] {
  return [
    {
      kind: "MachineDrainRule",
      namespace,
      name,
      creation: { manager: MANAGER.kubectl },
      content: {
        spec: {
          drain: { behavior: "Drain", order: 10 },
          machines: [{ selector: { matchLabels: { "cluster.x-k8s.io/control-plane": "" } } }],
          pods: [{ selector: { matchLabels: { app: "prometheus" } } }],
        },
      },
      owners: [],
    },
  ];
}

/** An ExtensionConfig: cluster-scoped, no owner. */
export function anExtensionConfig(
  name: string,
  options: { readonly namespaces: readonly string[] },
): readonly FleetObject[] {
  return [
    {
      kind: "ExtensionConfig",
      name,
      creation: {
        manager: MANAGER.kubectl,
        annotations: {
          "runtime.cluster.x-k8s.io/inject-ca-from-secret": `default/${name}-webhook-cert`,
        },
      },
      content: {
        spec: {
          clientConfig: { service: { namespace: "default", name: `${name}-webhook`, port: 443 } },
          namespaceSelector: {
            matchExpressions: [
              {
                key: "kubernetes.io/metadata.name",
                operator: "In",
                values: options.namespaces,
              },
            ],
          },
          settings: { extensionConfigName: name },
        },
      },
      owners: [],
      status: readyStatus({
        conditions: [["Discovered", "Discovered"]],
        fields: {
          handlers: [
            {
              name: `before-cluster-create.${name}`,
              requestHook: {
                apiVersion: "hooks.runtime.cluster.x-k8s.io/v1alpha1",
                hook: "BeforeClusterCreate",
              },
              failurePolicy: "Fail",
              timeoutSeconds: 10,
            },
          ],
        },
      }),
    },
  ];
}

/** A ServerClaim of a kind without any Cluster API label, controlled by a DockerMachine. */
export function aServerClaim(machine: FleetObject): readonly FleetObject[] {
  return [
    {
      kind: "ServerClaim",
      ...(machine.namespace === undefined ? {} : { namespace: machine.namespace }),
      name: machine.name,
      creation: { manager: "metal-operator" },
      content: { spec: { serverRef: { name: "rack-7-u-12" }, power: "On" } },
      owners: [controlledBy(machine)],
      adoption: { finalizers: ["metal.example.dev/claim"] },
      status: () => ({ phase: "Bound" }),
    },
  ];
}

/** An object with numbers that JavaScript cannot hold, in spec and status; owned by the cluster. */
export function aLargeNumber(cluster: FleetObject, name: string): readonly FleetObject[] {
  const { namespace = "" } = cluster;
  const scope = { namespace, name: cluster.name, paused: false, topology: false };
  return [
    {
      kind: "LargeNumber",
      namespace,
      name,
      creation: { manager: MANAGER.kubectl, labels: clusterLabels(scope) },
      content: {
        spec: { large: exactNumber("9223372036854775807"), ratio: exactNumber("1.0"), small: 7 },
      },
      owners: [ownedBy(cluster)],
      ownersBy: "adoption",
      status: () => ({ seen: exactNumber("9007199254740993") }),
    },
  ];
}
