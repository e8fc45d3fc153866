// Starts a real cluster without nodes: etcd, kube-apiserver and, for the garbage collector, namespaces, Deployments and
// StatefulSets, kube-controller-manager. Everything listens on loopback or in a network of its own, and is gone when this
// process is gone.
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, type KeyPair } from "../certificates.ts";
import type { FleetApi } from "../fleet/fleet-api.ts";
import { auditFlags } from "./audit.ts";
import { guardFolder, type Server, startServer, waitUntilReady } from "./child-processes.ts";
import {
  type ClusterFacts,
  type ClusterPids,
  type ClusterUser,
  kubeconfigText,
  TOKEN_FILE,
} from "./cluster-facts.ts";
import { type ClusterNetwork, type OpenNetwork, openLoopback } from "./cluster-network.ts";
import { findPrograms, type Programs } from "./programs.ts";
import {
  apiServerCommand,
  type ClusterFiles,
  controllerManagerCommand,
  etcdCommand,
} from "./server-commands.ts";
import { fleetApi, openTestCluster, type TestCluster } from "./test-cluster.ts";

export interface ClusterOptions {
  readonly name: string;
  /**
   * Done before the controllers start: CRDs above all, because the garbage collector looks for new kinds every 30
   * seconds only.
   */
  readonly prepare?: (api: FleetApi) => Promise<void>;
  /** Added to the API server's flags: admission plugins, say. */
  readonly apiServerFlags?: readonly string[];
  /** Whether the API server keeps a log of all requests, for `readAudit`. */
  readonly audit?: boolean;
  /** Controllers of the controller manager that somebody else plays. */
  readonly withoutControllers?: readonly string[];
  /** Default: the loopback address. */
  readonly openNetwork?: OpenNetwork;
}

/** A cluster that this process started, and may break. */
export interface OwnCluster extends TestCluster {
  /** Kills the API server (SIGKILL): its connections are reset and its port refuses. */
  killApiServer(): Promise<void>;
  /** Starts it again with the same data and address, and waits until it answers. */
  restartApiServer(): Promise<void>;
}

/** Starts a cluster and waits until it serves; about 4 seconds. */
export async function startCluster(options: ClusterOptions): Promise<OwnCluster> {
  const programs = await findPrograms();
  try {
    return await start(options, programs);
  } catch (error) {
    // Somebody took a port between our look and the server's start.
    if (!String(error).includes("address already in use")) throw error;
    return start(options, programs);
  }
}

async function start(options: ClusterOptions, programs: Programs): Promise<OwnCluster> {
  const folder = await mkdtemp(join(tmpdir(), `capi-pivot-${options.name}-`));
  const removeFolder = await guardFolder(folder);
  const servers = new Servers(folder);
  let network: ClusterNetwork | undefined;
  const stop = async (): Promise<void> => {
    await servers.stop();
    await network?.close();
    await removeFolder();
  };
  try {
    network = await (options.openNetwork ?? openLoopback())(folder);
    const started = await startServers(options, programs, { folder, servers, network });
    return {
      ...openTestCluster(started.facts, stop),
      killApiServer: () => servers.stopOne("kube-apiserver"),
      restartApiServer: started.startApiServer,
      // Its own: the API server has another pid after a restart.
      get pids() {
        return started.pids();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Started {
  readonly facts: ClusterFacts;
  pids(): ClusterPids;
  startApiServer(): Promise<void>;
}

interface Place {
  readonly folder: string;
  readonly servers: Servers;
  readonly network: ClusterNetwork;
}

async function startServers(
  options: ClusterOptions,
  programs: Programs,
  { folder, servers, network }: Place,
): Promise<Started> {
  const { authority, admin, files, url } = await writeFiles(folder, options.name, network);
  const api = fleetApi({ url, authority }, admin);
  const start = (name: string, command: readonly string[]): Promise<Server> =>
    servers.start(name, network.enter(command));
  const store = await start("etcd", etcdCommand(programs.etcd, network.ports, files));
  const flags = [
    ...(options.audit === true ? await auditFlags(folder) : []),
    ...(options.apiServerFlags ?? []),
  ];
  const startApiServer = async (): Promise<void> => {
    const command = apiServerCommand(programs.apiServer, { network, files, flags });
    const server = await start("kube-apiserver", command);
    const isReady = async (): Promise<boolean> =>
      (await api.request("GET", "/readyz")).status === 200;
    await waitUntilReady(server, isReady, { needs: [store] });
  };
  await startApiServer();
  await options.prepare?.(api);
  const command = controllerManagerCommand(programs.controllerManager, files, {
    hasPods: network.hasPods,
    without: options.withoutControllers ?? [],
  });
  const controllers = await start("kube-controller-manager", command);
  await waitUntilReady(controllers, () => hasDefaultAccount(api));
  const pids = (): ClusterPids => ({
    etcd: store.pid,
    apiServer: servers.pidOf("kube-apiserver"),
    controllerManager: controllers.pid,
  });
  const etcdUrl = `http://127.0.0.1:${network.ports.etcd}`;
  const facts = { name: options.name, url, authority, admin, pids: pids(), etcdUrl, folder };
  return { facts, pids, startApiServer };
}

/** The controller manager opens no port here; what it makes first shows that it works. */
async function hasDefaultAccount(api: FleetApi): Promise<boolean> {
  const path = "/api/v1/namespaces/default/serviceaccounts/default";
  return (await api.request("GET", path)).status === 200;
}

interface Identity {
  readonly authority: KeyPair;
  readonly admin: ClusterUser;
  readonly files: ClusterFiles;
  readonly url: string;
}

async function writeFiles(
  folder: string,
  name: string,
  { address, ports }: ClusterNetwork,
): Promise<Identity> {
  const url = `https://${address}:${ports.apiServer}`;
  const authority = await createAuthority(`testbed ${name}`);
  const [server, serviceAccounts, adminPair] = await Promise.all([
    authority.issue({
      commonName: "kube-apiserver",
      dns: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
      ips: [...new Set(["127.0.0.1", "10.96.0.1", address])],
      usages: ["server"],
    }),
    authority.issue({ commonName: "service-accounts" }),
    authority.issue({
      commonName: "kubernetes-admin",
      organization: "system:masters",
      usages: ["client"],
    }),
  ]);
  const admin: ClusterUser = { name: "kubernetes-admin", credentials: adminPair };
  const { cert, key } = authority;
  await mkdir(join(folder, "etcd"), { mode: 0o700 });
  const write = async (file: string, text: string): Promise<string> => {
    const path = join(folder, file);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const files: ClusterFiles = {
    etcdData: join(folder, "etcd"),
    ca: await write("ca.crt", cert),
    serverCert: await write("server.crt", server.cert),
    serverKey: await write("server.key", server.key),
    serviceAccountCert: await write("service-accounts.crt", serviceAccounts.cert),
    serviceAccountKey: await write("service-accounts.key", serviceAccounts.key),
    tokens: await write("tokens.csv", TOKEN_FILE),
    adminKubeconfig: await write(
      "admin.kubeconfig",
      kubeconfigText({ name, url, authority }, admin),
    ),
  };
  return { authority: { cert, key }, admin, files, url };
}

/** The servers of one cluster by name, each with a log in the cluster's folder. */
class Servers {
  readonly #folder: string;
  readonly #servers = new Map<string, Server>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(name: string, command: readonly string[]): Promise<Server> {
    const server = await startServer({ name, command, folder: this.#folder });
    this.#servers.set(name, server);
    return server;
  }

  pidOf(name: string): number {
    const server = this.#servers.get(name);
    // Not 0 instead: a signal to process 0 goes to everybody.
    if (server === undefined) throw new Error(`${name} was never started`);
    return server.pid;
  }

  async stopOne(name: string): Promise<void> {
    await this.#servers.get(name)?.stop();
  }

  /** Clients before what they speak to, so that none fills its log with complaints. */
  async stop(): Promise<void> {
    for (const server of [...this.#servers.values()].reverse()) await server.stop();
  }
}
