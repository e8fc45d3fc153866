// Command lines of the three servers. Flags only; starts nothing.
import type { ClusterNetwork } from "./cluster-network.ts";

export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

/** Paths of what the servers read, and of etcd's data. */
export interface ClusterFiles {
  readonly etcdData: string;
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly serviceAccountCert: string;
  readonly serviceAccountKey: string;
  readonly tokens: string;
  readonly adminKubeconfig: string;
}

const CONTROLLERS = [
  "garbage-collector-controller",
  "namespace-controller",
  "serviceaccount-controller",
  "deployment-controller",
  "replicaset-controller",
  "statefulset-controller",
];

export function etcdCommand(program: string, ports: Ports, files: ClusterFiles): readonly string[] {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    program,
    `--data-dir=${files.etcdData}`,
    "--name=testbed",
    // Nobody needs the data after a power failure.
    "--unsafe-no-fsync",
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=testbed=${peer}`,
    // Whole clusters are put back in one transaction, see etcd-store.ts.
    "--max-txn-ops=10000",
    "--max-request-bytes=16777216",
    "--log-level=warn",
  ];
}

/** What Services and aggregated roles need on top; without pods nobody misses them. */
const POD_CONTROLLERS = [
  "endpoints-controller",
  "endpointslice-controller",
  "clusterrole-aggregation-controller",
  "root-ca-certificate-publisher-controller",
];

export interface ApiServerInput {
  readonly network: Pick<ClusterNetwork, "address" | "ports" | "hasPods">;
  readonly files: ClusterFiles;
  readonly flags: readonly string[];
}

export function apiServerCommand(program: string, input: ApiServerInput): readonly string[] {
  const { network, files, flags } = input;
  const { address, ports, hasPods } = network;
  return [
    program,
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    `--secure-port=${ports.apiServer}`,
    `--bind-address=${address}`,
    // Without it the server looks for an address with a default route, which a host without network has not.
    `--advertise-address=${address}`,
    // There is no kube-proxy: the server itself finds the pods behind the Service of a webhook.
    ...(hasPods ? ["--enable-aggregator-routing=true", "--allow-privileged=true"] : []),
    "--endpoint-reconciler-type=none",
    `--tls-cert-file=${files.serverCert}`,
    `--tls-private-key-file=${files.serverKey}`,
    `--client-ca-file=${files.ca}`,
    `--token-auth-file=${files.tokens}`,
    "--authorization-mode=RBAC",
    // A certificate: the server reads public keys from PKCS#8 for RSA only.
    `--service-account-key-file=${files.serviceAccountCert}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--disable-admission-plugins=ServiceAccount",
    ...flags,
  ];
}

export function controllerManagerCommand(
  program: string,
  files: ClusterFiles,
  { hasPods, without }: Pick<ClusterNetwork, "hasPods"> & { readonly without: readonly string[] },
): readonly string[] {
  const all = hasPods ? [...CONTROLLERS, ...POD_CONTROLLERS] : CONTROLLERS;
  const controllers = all.filter((name) => !without.includes(name));
  return [
    program,
    `--kubeconfig=${files.adminKubeconfig}`,
    "--leader-elect=false",
    "--secure-port=0",
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    ...(hasPods ? [`--root-ca-file=${files.ca}`] : []),
    `--controllers=${controllers.join(",")}`,
  ];
}
