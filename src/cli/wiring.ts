// The one file that names concrete things: connections, clock, random numbers, the engine. Loaded when clusters are needed.
import { randomBytes } from "node:crypto";
import { homedir, hostname, userInfo } from "node:os";
import type { OpenCluster } from "../kube/cluster-client.ts";
import { serversByContext } from "../kube/connect.ts";
import { dryClient } from "../kube/dry-client.ts";
import type { KubeconfigSource } from "../kube/kubeconfig-file.ts";
import { systemClock } from "../kube/system-clock.ts";
import { type ClusterName, EXIT, PivotError } from "../model/error.ts";
import { decisive, type RunRecord } from "../model/run-record.ts";
import { runPivot } from "../pivot.ts";
import type { PivotDeps } from "../prepare.ts";
import { withState } from "../run/ending.ts";
import type { GateOptions } from "../run/held-lease.ts";
import { programRunner } from "../run/kind-cluster.ts";
import { networkWaits } from "../run/network-waits.ts";
import { optionsOf } from "../run/new-record.ts";
import { readStatus } from "../status.ts";
import { previewPivot } from "../survey.ts";
import {
  clearUp,
  findAlone,
  findInterrupted,
  resumePivot,
  rollBackPivot,
  type Standing,
} from "../take-up.ts";
import { absentCluster } from "./absent-cluster.ts";
import { buildInfo } from "./build-info.ts";
import type { Look, LookRequest, Session, SessionRequest } from "./io.ts";
import { openSource, openTarget } from "./open-clusters.ts";
import { ownProcess } from "./own-process.ts";

const RUN_ID_BYTES = 4;

/** Resolves both kubeconfigs. Contacts nobody, except the source for the Secret of `--to-cluster`. */
export function openSession(request: SessionRequest): Promise<Session> {
  return reading(() => open(request));
}

async function open(asked: SessionRequest): Promise<Session> {
  const { flags, signal, env, log, beforeCredentialPlugin } = asked;
  const waits = networkWaits(asked.emit, flags.waitForNetworkMs);
  const request = { ...asked, emit: waits.emit };
  // Without the signal: see `run` below.
  const common = { requestTimeoutMs: flags.requestTimeoutMs, env, log, beforeCredentialPlugin };
  const source =
    flags.lost === "source"
      ? absentCluster("source")
      : await openSource(flags.source, { ...common, network: waits.of("source") });
  const sourceReader = source.withSignal(signal);
  const target =
    flags.lost === "target"
      ? absentCluster("target")
      : await openTarget(flags.target, sourceReader, { ...common, network: waits.of("target") });
  // Whoever only looks is told at once of a network that is dead; a run waits.
  const opened = { source: source.withPatience(), target: target.withPatience() };
  return {
    // Reads end at once when interrupted.
    preview: () =>
      reading(() =>
        previewPivot(depsOf(request, { source: sourceReader, target: target.withSignal(signal) })),
      ),
    // Writes do not: a rollback needs working connections after the interrupt.
    run: (preview) => {
      const deps = depsOf(request, opened);
      return runPivot({ ...deps, options: { ...deps.options, scope: preview.scope } }, preview);
    },
    ...takeUps(request, opened, { source: sourceReader, target: target.withSignal(signal) }),
    close: () => {
      source.close();
      target.close();
    },
  };
}

type Clients = Readonly<Record<ClusterName, OpenCluster>>;

/** What was interrupted goes on with the options that it was begun with. */
function takeUps(
  request: SessionRequest,
  opened: Clients,
  readers: Clients,
): Pick<Session, "interrupted" | "resume" | "rollBack" | "clearUp"> {
  const recorded = (found: Standing) => depsOf(request, opened, decisive(found.run));
  return {
    interrupted: (lost) =>
      reading(() => {
        const deps = depsOf(request, readers);
        return lost === undefined ? findInterrupted(deps) : findAlone(deps, lost);
      }),
    resume: (found) => resumePivot(recorded(found), found),
    rollBack: (found) => rollBackPivot(recorded(found), found),
    clearUp: () => clearUp(depsOf(request, opened)),
  };
}

/** Resolves one kubeconfig or two. Contacts nobody, except the first cluster for the Secret of `--to-cluster`. */
export async function openLook(request: LookRequest): Promise<Look> {
  const { flags, signal, env, log, beforeCredentialPlugin } = request;
  const { cluster, other, requestTimeoutMs } = flags;
  const common = { requestTimeoutMs, env, log, beforeCredentialPlugin, signal };
  const first = await openSource(cluster, common);
  const others = other === undefined ? [] : [await openTarget(other, first, common)];
  const clusters = [first, ...others];
  return {
    status: () => readStatus({ clusters, clock: systemClock }),
    servers: () => serversOf({ path: cluster.path, env, homeDir: homedir() }),
    close: () => {
      for (const each of clusters) each.close();
    },
  };
}

/** None where flags alone lead to the cluster, without any kubeconfig. */
async function serversOf(
  source: KubeconfigSource,
): Promise<Awaited<ReturnType<typeof serversByContext>>> {
  try {
    return await serversByContext(source);
  } catch (error) {
    if (error instanceof PivotError) return new Map();
    throw error;
  }
}

/** What fails here has written nothing, and the error says so. */
async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const exitCode = error instanceof PivotError ? error.exitCode : EXIT.unchanged;
    throw withState(error, exitCode, "nothing was changed");
  }
}

function depsOf(
  { flags, manifests, emit, signal, env }: SessionRequest,
  clients: Clients,
  record?: RunRecord,
): PivotDeps {
  const { scope, status, concurrency, timeoutMs } = flags;
  const { stopControllers, sourceProviders, proveForMs, deleteKindCluster } = flags;
  const tool = { version: buildInfo().version, user: userName(), host: hostname() };
  return {
    source: clients.source,
    target: clients.target,
    ask: { source: dryClient(clients.source), target: dryClient(clients.target) },
    clock: systemClock,
    signal,
    emit,
    options: {
      ...{ scope, status, concurrency, timeoutMs, tool },
      ...{ stopControllers, sourceProviders, proveForMs, deleteKindCluster },
      ...{ providers: flags.providers, manifests },
      ...(record === undefined ? {} : optionsOf(record)),
    },
    runProgram: programRunner(env),
    random: () => randomBytes(RUN_ID_BYTES).toString("hex"),
    process: ownProcess(),
    gate: (client, beforeWrite, options?: GateOptions) =>
      clients[client.name].withWriteGate(beforeWrite, options),
  };
}

/** In containers the user id may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
