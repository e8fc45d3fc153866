// From flags to clusters that can be talked to. Contacts nobody, except the source for the Secret of `--to-cluster`.
import { homedir } from "node:os";
import type { OpenCluster } from "../kube/cluster-client.ts";
import { type ConnectionOptions, openCluster } from "../kube/connect.ts";
import type { NetworkWait } from "../kube/outage.ts";
import { systemClock } from "../kube/system-clock.ts";
import type { ClusterReader } from "../model/client.ts";
import type { Environment } from "../report/screen.ts";
import { buildInfo } from "./build-info.ts";
import type { KubeconfigChoice, TargetChoice } from "./cluster-flags.ts";
import { readTargetKubeconfig } from "./target-secret.ts";

export interface OpenRequest {
  readonly requestTimeoutMs: number;
  readonly env: Environment;
  readonly log?: ((level: number, line: string) => void) | undefined;
  /** Something is about to ask questions on the terminal. */
  readonly beforeCredentialPlugin?: () => void;
  readonly signal?: AbortSignal;
  /** Somebody waits for an answer, or for none: nobody is asked questions, and nothing is tried twice. */
  readonly isHasty?: boolean;
  /** For a run, which waits for a cluster that does not answer. */
  readonly network?: NetworkWait;
}

/** @throws PivotError when its kubeconfig cannot be used. */
export function openSource(source: KubeconfigChoice, request: OpenRequest): Promise<OpenCluster> {
  return openCluster({ ...common(request), ...placeOf(source), name: "source" });
}

/** @throws PivotError when its kubeconfig cannot be used, or is not in the source. */
export async function openTarget(
  target: TargetChoice,
  source: ClusterReader,
  request: OpenRequest,
): Promise<OpenCluster> {
  const place = await targetPlace(target, source);
  return openCluster({ ...common(request), ...place, name: "target" });
}

function common(request: OpenRequest): Omit<ConnectionOptions, "name"> {
  const { version, platform } = buildInfo();
  const { requestTimeoutMs, env, log, beforeCredentialPlugin, signal, isHasty = false } = request;
  return {
    requestTimeoutMs,
    userAgent: `kubectl-capi-pivot/v${version} (${platform})`,
    env,
    homeDir: homedir(),
    clock: systemClock,
    ...(log === undefined ? {} : { log }),
    ...(beforeCredentialPlugin === undefined ? {} : { beforeCredentialPlugin }),
    ...(signal === undefined ? {} : { signal }),
    ...(request.network === undefined ? {} : { network: request.network }),
    ...(isHasty ? { isTerminal: false, retryLimits: { maxAttempts: 1, budgetMs: 0 } } : {}),
  };
}

type Place = Pick<
  ConnectionOptions,
  "kubeconfigPath" | "kubeconfigText" | "noKubeconfig" | "context" | "overrides"
>;

function placeOf({ path, context, overrides }: KubeconfigChoice): Place {
  return {
    ...(path === undefined ? {} : { kubeconfigPath: path }),
    ...(context === undefined ? {} : { context }),
    ...(overrides === undefined ? {} : { overrides }),
  };
}

async function targetPlace(target: TargetChoice, source: ClusterReader): Promise<Place> {
  switch (target.from) {
    case "kubeconfig":
      return placeOf(target);
    case "flags":
      return { noKubeconfig: true, overrides: target.overrides };
    case "cluster":
      return {
        kubeconfigText: await readTargetKubeconfig(source, target),
        ...(target.overrides === undefined ? {} : { overrides: target.overrides }),
      };
  }
}
