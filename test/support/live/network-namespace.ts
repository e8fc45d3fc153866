// A network of a cluster's own: a namespace without a name, held by a process below a guard. The kernel removes it, and
// the pair of interfaces that leads into it, when the last process in it is gone: nothing needs to be cleaned up.
import { existsSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type Server, startServer } from "../testbed/child-processes.ts";
import type { ClusterNetwork } from "../testbed/cluster-network.ts";
import { runTool } from "./tools.ts";

/** A network in which pods can have addresses. */
export interface PodNetwork extends ClusterNetwork {
  /** Ours in the namespace of this machine; its name is the lock on the subnet. */
  readonly interfaceName: string;
  /** A namespace for one pod, with an address that other pods and this machine reach. */
  openSandbox(folder: string, name: string): Promise<Sandbox>;
  /** An address that nobody has, for a pod that is only played. */
  nextAddress(): string;
}

export interface Sandbox {
  readonly address: string;
  /** The command line that runs a command in it. */
  enter(command: readonly string[]): readonly string[];
  close(): Promise<void>;
}

const SUBNETS = 254;
const FIRST_POD = 10;
const LAST_POD = 250;
/** Fixed: a bridge otherwise takes the lowest address of its members, which change with every pod. */
const BRIDGE_MAC = "02:ca:b1:00:00:01";

// A killed program leaves sockets that want to say goodbye to peers that are gone too, for minutes, and a namespace stays
// until they have given up.
const FORGET_THE_DEAD = `
    echo 1 >/proc/sys/net/ipv4/tcp_orphan_retries
    echo 1 >/proc/sys/net/ipv4/tcp_fin_timeout`;

/** Opens a network 10.210.N.0/24 where N is free on this machine. */
export async function openNetworkNamespace(folder: string): Promise<PodNetwork> {
  const holder = await startNamespace(folder, "network");
  try {
    const subnet = await claimSubnet(holder.pid);
    const enter = enterNamespace(holder.pid);
    await configure(subnet, enter);
    return podNetwork(subnet, holder, enter);
  } catch (error) {
    await holder.stop();
    throw error;
  }
}

interface Subnet {
  readonly interfaceName: string;
  /** `10.210.7`. */
  readonly prefix: string;
}

async function startNamespace(
  folder: string,
  name: string,
  enter: (command: readonly string[]) => readonly string[] = (command) => command,
): Promise<Server> {
  const outside = readlinkSync("/proc/self/ns/net");
  const command = enter(["unshare", "--net", "sleep", "infinity"]);
  const holder = await startServer({ name, command, folder });
  // Its pid is known before it has left the namespace it was born in, or passed through.
  const isInside = async (): Promise<boolean> =>
    (await Bun.file(`/proc/${holder.pid}/comm`).text()).trim() === "sleep" &&
    readlinkSync(`/proc/${holder.pid}/ns/net`) !== outside;
  while (!(await isInside().catch(() => false))) {
    if (!holder.isRunning()) {
      const log = await Bun.file(holder.logPath).text();
      throw new Error(`no network namespace can be made here: ${log.trim()}`);
    }
    await Bun.sleep(5);
  }
  return holder;
}

/** Making an interface fails when its name is taken: whoever succeeds has the subnet. */
async function claimSubnet(pid: number): Promise<Subnet> {
  const start = Math.floor(Math.random() * SUBNETS);
  for (let offset = 0; offset < SUBNETS; offset++) {
    const number = ((start + offset) % SUBNETS) + 1;
    const interfaceName = `capi-pivot${number}`;
    const prefix = `10.210.${number}`;
    if (await isInUse(interfaceName, prefix)) continue;
    const made = await runTool(
      ["ip", "link", "add", interfaceName, "type", "veth", "peer", "name", "eth0"],
      ["netns", String(pid)],
    );
    if (made.code === 0) return { interfaceName, prefix };
    if (!made.stderr.includes("File exists")) {
      throw new Error(`no pair of interfaces can be made here: ${made.stderr.trim()}`);
    }
  }
  throw new Error("all networks from 10.210.1.0/24 to 10.210.254.0/24 are in use");
}

async function isInUse(interfaceName: string, prefix: string): Promise<boolean> {
  if (existsSync(interfacePath(interfaceName))) return true;
  const { stdout } = await runTool(["ip", "-oneline", "-4", "route", "show", `${prefix}.0/24`]);
  return stdout.trim() !== "";
}

async function configure(
  { interfaceName, prefix }: Subnet,
  enter: ClusterNetwork["enter"],
): Promise<void> {
  const inside = `
    set -e${FORGET_THE_DEAD}
    ip link set lo up
    ip link add pods address ${BRIDGE_MAC} type bridge
    ip link set eth0 master pods up
    ip address add ${prefix}.2/24 dev pods
    ip link set pods up`;
  await requireTool(enter(["sh", "-c", inside]));
  await requireTool(["ip", "address", "add", `${prefix}.1/24`, "dev", interfaceName]);
  await requireTool(["ip", "link", "set", interfaceName, "up"]);
}

function podNetwork(
  { interfaceName, prefix }: Subnet,
  holder: Server,
  enter: ClusterNetwork["enter"],
): PodNetwork {
  let pods = 0;
  const nextNumber = (): number => FIRST_POD + (pods++ % (LAST_POD - FIRST_POD + 1));
  const address = `${prefix}.2`;
  return {
    address,
    ports: { etcd: 2379, etcdPeer: 2380, apiServer: 6443 },
    hasPods: true,
    enter,
    interfaceName,
    nextAddress: () => `${prefix}.${nextNumber()}`,
    openSandbox: (folder, name) => {
      const number = nextNumber();
      const link = { peer: `pod${number}`, address: `${prefix}.${number}`, gateway: address };
      return openSandbox(folder, name, link, enter);
    },
    close: async () => {
      await holder.stop();
      // The kernel does it in its own time: afterwards the subnet is free again.
      while (existsSync(interfacePath(interfaceName))) await Bun.sleep(20);
    },
  };
}

interface Link {
  readonly peer: string;
  readonly address: string;
  readonly gateway: string;
}

async function openSandbox(
  folder: string,
  name: string,
  { peer, address, gateway }: Link,
  enterCluster: ClusterNetwork["enter"],
): Promise<Sandbox> {
  const holder = await startNamespace(folder, name, enterCluster);
  const enter = enterNamespace(holder.pid);
  const outside = `
    set -e
    ip link add ${peer} type veth peer name eth0 netns ${holder.pid}
    ip link set ${peer} master pods up`;
  const inside = `
    set -e${FORGET_THE_DEAD}
    ip link set lo up
    ip address add ${address}/24 dev eth0
    ip link set eth0 up
    ip route add default via ${gateway}`;
  try {
    await requireTool(enterCluster(["sh", "-c", outside]));
    await requireTool(enter(["sh", "-c", inside]));
  } catch (error) {
    await holder.stop();
    throw error;
  }
  return { address, enter, close: () => holder.stop() };
}

function enterNamespace(pid: number): ClusterNetwork["enter"] {
  return (command) => ["nsenter", `--net=/proc/${pid}/ns/net`, "--", ...command];
}

function interfacePath(name: string): string {
  return join("/sys/class/net", name);
}

async function requireTool(command: readonly string[]): Promise<void> {
  const { code, stderr } = await runTool(command);
  if (code !== 0) throw new Error(`${command.join(" ")}: ${stderr.trim()}`);
}
