// The life of one pod: bound to the node, run or only played, and, when somebody deletes it, ended and confirmed.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Server, startServer } from "../testbed/child-processes.ts";
import type { Followed } from "./follow.ts";
import { type ImagePrograms, isMissingImage, programOf } from "./images.ts";
import type { PodNetwork, Sandbox } from "./network-namespace.ts";
import {
  type Container,
  type Pod,
  type PodState,
  pathOfPod,
  podStatus,
  readinessUrl,
} from "./pod.ts";
import { commandOf, makeRoot, type PodRoot, writeAccount, writeSecrets } from "./pod-root.ts";
import { MERGE_PATCH, type StandIn } from "./stand-in.ts";

export interface PodDeps {
  readonly standIn: StandIn;
  readonly network: PodNetwork;
  readonly programs: ImagePrograms;
  readonly secrets: Followed;
  readonly nodeName: string;
  /** Of the API server. */
  readonly ca: string;
  /** Gets a folder per pod. */
  readonly folder: string;
  /** The end of the kubelet: processes are killed, and nothing is reported any more. */
  readonly stopped: AbortSignal;
}

/** A real process that plays a container. */
export interface PodProcess {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly pid: number;
  readonly address: string;
  readonly logPath: string;
}

const LOOK_MS = 200;
const PROBE_MS = 1_000;
const BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 8_000;

const directly = new Bun.FetchSession({ proxy: false });

export class PodWorker {
  readonly #deps: PodDeps;
  readonly #deleted = new AbortController();
  /** Deleted or stopped: in both cases the pod's processes end. */
  readonly #ended: AbortSignal;
  readonly #done: Promise<void>;
  readonly #startedAt = now();
  #pod: Pod;
  #process: PodProcess | undefined;
  #root: PodRoot | undefined;
  #reported: PodState | undefined;

  constructor(pod: Pod, deps: PodDeps) {
    this.#pod = pod;
    this.#deps = deps;
    this.#ended = AbortSignal.any([this.#deleted.signal, deps.stopped]);
    this.update(pod);
    this.#done = this.#live().catch((error: unknown) => this.#giveUp(error));
  }

  get process(): PodProcess | undefined {
    return this.#process;
  }

  /** Resolves when nothing of the pod runs any more. */
  get done(): Promise<void> {
    return this.#done;
  }

  update(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) this.#deleted.abort();
  }

  /** The pod is not in the cluster any more. */
  vanish(): void {
    this.#deleted.abort();
  }

  /** Mounted Secrets follow those in the cluster. */
  async refreshSecrets(): Promise<void> {
    const found = this.#realContainer();
    if (this.#root === undefined || found === undefined) return;
    // The pod may end, and its folder go, meanwhile.
    await writeSecrets(this.#root, this.#pod, found.container, this.#deps.secrets).catch(
      () => undefined,
    );
  }

  async #live(): Promise<void> {
    if (!this.#ended.aborted) await this.#bind();
    try {
      await this.#run();
    } catch (error) {
      if (!this.#ended.aborted) throw error;
    }
    if (this.#deps.stopped.aborted) return;
    await this.#reportEnd();
    await this.#confirmDeletion();
  }

  async #run(): Promise<void> {
    const real = this.#realContainer();
    if (this.#pod.spec.containers.some(({ image }) => isMissingImage(image))) {
      await this.#report({ isRunning: false, isReady: false, waitingFor: "ImagePullBackOff" });
    } else if (real === undefined) {
      const address = this.#deps.network.nextAddress();
      await this.#report({ address, isRunning: true, isReady: true });
    } else {
      await this.#runProgram(real.container, real.program);
    }
    await aborted(this.#ended);
  }

  #realContainer(): { readonly container: Container; readonly program: string } | undefined {
    for (const container of this.#pod.spec.containers) {
      const program = programOf(container.image, this.#deps.programs);
      if (program !== undefined) return { container, program };
    }
    return undefined;
  }

  async #bind(): Promise<void> {
    if (this.#pod.spec.nodeName !== undefined) return;
    const { name, namespace } = this.#pod.metadata;
    await this.#deps.standIn.send(this.#ended, "POST", pathOfPod(this.#pod, "binding"), {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name, namespace },
      target: { apiVersion: "v1", kind: "Node", name: this.#deps.nodeName },
    });
  }

  async #runProgram(container: Container, program: string): Promise<void> {
    const { name, uid } = this.#pod.metadata;
    const folder = join(this.#deps.folder, `${name}-${uid.slice(0, 8)}`);
    const root = { folder: join(folder, "root"), program };
    await makeRoot(root);
    await mkdir(folder, { recursive: true });
    this.#root = root;
    const sandbox = await this.#deps.network.openSandbox(folder, "sandbox");
    try {
      for (let restarts = 0; !this.#ended.aborted; restarts++) {
        await this.#fillRoot(root, container);
        await this.#runOnce({ folder, root, container, sandbox, restarts });
      }
    } finally {
      this.#process = undefined;
      await sandbox.close();
    }
  }

  /** Waits, as a kubelet does, for what the pod mounts. */
  async #fillRoot(root: PodRoot, container: Container): Promise<void> {
    const { ca, secrets, standIn } = this.#deps;
    for (;;) {
      const missing =
        (await writeSecrets(root, this.#pod, container, secrets)) ??
        (await writeAccount(root, this.#pod, ca, standIn, this.#ended));
      if (missing === undefined) return;
      await this.#report({ isRunning: false, isReady: false, waitingFor: "ContainerCreating" });
      await Bun.sleep(LOOK_MS);
      this.#ended.throwIfAborted();
    }
  }

  async #runOnce(run: Run): Promise<void> {
    const { folder, root, container, sandbox, restarts } = run;
    const { address } = sandbox;
    const { address: hostAddress, ports } = this.#deps.network;
    const apiServer = { address: hostAddress, port: ports.apiServer };
    const command = commandOf(root, this.#pod, container, { address, hostAddress, apiServer });
    const server = await startServer({
      name: `${container.name}-${restarts}`,
      command: sandbox.enter(command),
      folder,
    });
    const { name: pod, namespace = "" } = this.#pod.metadata;
    const { pid, logPath } = server;
    this.#process = { namespace, pod, container: container.name, pid, address, logPath };
    try {
      await this.#supervise(server, run);
    } finally {
      await this.#end(server);
      this.#process = undefined;
    }
    const waitingFor = "CrashLoopBackOff";
    await this.#report({ address, isRunning: true, isReady: false, waitingFor, restarts });
    await backOff(restarts, this.#ended);
  }

  /** Returns when the process has ended by itself; throws when the pod has. */
  async #supervise(server: Server, { container, sandbox, restarts }: Run): Promise<void> {
    const { address } = sandbox;
    const url = readinessUrl(container, address);
    let probed = Number.NEGATIVE_INFINITY;
    let isReady = false;
    while (server.isRunning()) {
      this.#ended.throwIfAborted();
      if (!isReady || performance.now() - probed > PROBE_MS) {
        isReady = url === undefined || (await answers(url));
        probed = performance.now();
        await this.#report({ address, isRunning: true, isReady, restarts });
      }
      await Bun.sleep(LOOK_MS);
    }
  }

  async #end(server: Server): Promise<void> {
    const seconds = this.#pod.metadata["deletionGracePeriodSeconds"];
    const deadline = performance.now() + (typeof seconds === "number" ? seconds : 0) * 1000;
    if (server.isRunning() && !this.#deps.stopped.aborted) process.kill(server.pid, "SIGTERM");
    while (server.isRunning() && performance.now() < deadline && !this.#deps.stopped.aborted) {
      await Bun.sleep(20);
    }
    await server.stop();
  }

  async #report(
    state: Pick<PodState, "isRunning" | "isReady"> & Partial<Omit<PodState, "startedAt">>,
  ): Promise<void> {
    const full: PodState = { restarts: 0, ...state, startedAt: this.#startedAt };
    if (Bun.deepEquals(full, this.#reported)) return;
    const status = podStatus(this.#pod, full, this.#deps.network.address);
    const path = pathOfPod(this.#pod, "status");
    // The uid: a pod of a StatefulSet has a successor of the same name.
    const body = { metadata: { uid: this.#pod.metadata.uid }, status };
    // The end itself is reported of a pod that has ended.
    const signal = full.endedAt === undefined ? this.#ended : this.#deps.stopped;
    await this.#deps.standIn.send(signal, "PATCH", path, body, MERGE_PATCH);
    this.#reported = full;
  }

  /** Before the pod goes, as a kubelet does: a phase that is final, and every container terminated. */
  async #reportEnd(): Promise<void> {
    const { restarts = 0, address } = this.#reported ?? {};
    const last = address === undefined ? { restarts } : { restarts, address };
    await this.#report({ ...last, isRunning: false, isReady: false, endedAt: now() });
  }

  async #confirmDeletion(): Promise<void> {
    await this.#deps.standIn.send(this.#deps.stopped, "DELETE", pathOfPod(this.#pod), {
      apiVersion: "v1",
      kind: "DeleteOptions",
      gracePeriodSeconds: 0,
      preconditions: { uid: this.#pod.metadata.uid },
    });
  }

  #giveUp(error: unknown): void {
    if (this.#deps.stopped.aborted) return;
    console.error(`kubelet: pod ${this.#pod.metadata.name}: ${String(error)}`);
  }
}

interface Run {
  readonly folder: string;
  readonly root: PodRoot;
  readonly container: Container;
  readonly sandbox: Sandbox;
  readonly restarts: number;
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await directly.fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}

async function backOff(restarts: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(BACKOFF_MS * 2 ** restarts, MAX_BACKOFF_MS);
  await Promise.race([Bun.sleep(ms), aborted(signal)]);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
