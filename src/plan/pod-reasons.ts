// Why a program is not available yet, in the words of its pods and of its own conditions.
import { fieldAt, type Json, type KubeObject, listAt, stringAt } from "../model/object.ts";
import { pullSecretsOf } from "../model/pod-template.ts";

/** Is every pod that a Deployment, StatefulSet or DaemonSet wants up to date and ready? */
export function isAvailable(workload: KubeObject): boolean {
  const status = (field: string): number => Number(fieldAt(workload, "status", field) ?? 0);
  if (status("observedGeneration") < Number(workload.metadata.generation ?? 0)) return false;
  if (workload.kind === "DaemonSet")
    return status("desiredNumberScheduled") <= status("numberReady");
  const wanted = Number(fieldAt(workload, "spec", "replicas") ?? 1);
  if (status("updatedReplicas") < wanted) return false;
  if (workload.kind === "StatefulSet") return status("readyReplicas") >= wanted;
  return isTrue(workload, "Available");
}

function conditionOf(object: KubeObject, type: string): Json {
  return listAt(object, "status", "conditions").find((one) => fieldAt(one, "type") === type);
}

function isTrue(object: KubeObject, type: string): boolean {
  return fieldAt(conditionOf(object, type), "status") === "True";
}

/** What is known of one program that is not available. */
export interface NotAvailable {
  readonly workload: KubeObject;
  /** Its pods. */
  readonly pods: readonly KubeObject[];
  /** Warnings about its pods, newest last. */
  readonly events: readonly KubeObject[];
}

/** One clause per distinct reason; `no pod yet` when nothing tells. */
export function reasonsOf({ workload, pods, events }: NotAvailable): readonly string[] {
  const reasons = [
    ...pods.flatMap(podReasons),
    ...events.flatMap(eventReason),
    ...workloadReasons(workload),
  ];
  if (reasons.length > 0) return [...new Set(reasons)];
  return [pods.length === 0 ? "no pod yet" : "its pods are not ready"];
}

/** A failed quota, a refused pod, a missing ServiceAccount: nobody but the ReplicaSet ever hears of it. */
function workloadReasons(workload: KubeObject): readonly string[] {
  return listAt(workload, "status", "conditions").flatMap((condition) => {
    const isFailure =
      fieldAt(condition, "type") === "ReplicaFailure" && fieldAt(condition, "status") === "True";
    return isFailure ? reasonText(condition) : [];
  });
}

/** Reasons of a waiting container (kubernetes pkg/kubelet/images/types.go) that only another manifest or node mends. */
const HOPELESS: ReadonlySet<string> = new Set(["InvalidImageName", "ErrImageNeverPull"]);
const PULL_FAILURES: ReadonlySet<string> = new Set(["ErrImagePull", "ImagePullBackOff"]);

/**
 * What no waiting will mend, in words; undefined while the program may still start.
 * `secrets`: the names of the Secrets in its namespace.
 */
export function hopelessReason(
  { workload, pods }: Pick<NotAvailable, "workload" | "pods">,
  secrets: ReadonlySet<string>,
): string | undefined {
  const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const refused = workloadReasons(workload).filter((text) => text.includes("violates PodSecurity"));
  return [
    ...living.flatMap((pod) => waitingFor(pod, HOPELESS).flatMap(containerReason)),
    ...living.flatMap((pod) => missingPullSecret(pod, secrets)),
    ...refused,
  ][0];
}

/** Containers of a pod that wait for one of these reasons. */
function waitingFor(pod: KubeObject, reasons: ReadonlySet<string>): readonly Json[] {
  return containersOf(pod).filter((one) =>
    reasons.has(stringAt(one, "state", "waiting", "reason") ?? ""),
  );
}

/** The kubelet tries without it, which works for a public registry. Does it not, the Secret is what is missing. */
function missingPullSecret(pod: KubeObject, secrets: ReadonlySet<string>): readonly string[] {
  const missing = pullSecretsOf(fieldAt(pod, "spec")).find((name) => !secrets.has(name));
  const [failing] = waitingFor(pod, PULL_FAILURES).flatMap(containerReason);
  if (missing === undefined || failing === undefined) return [];
  const secret = `${pod.metadata.namespace}/${missing}`;
  return [`${failing}; its image pull secret ${secret} does not exist`];
}

/** The kubelet tells of a Secret that it cannot mount in events only. */
function eventReason(event: KubeObject): readonly string[] {
  const reason = stringAt(event, "reason");
  // Said of containers already, with the image.
  return reason === undefined || /^(BackOff|Failed|Unhealthy)$/.test(reason)
    ? []
    : reasonText(event);
}

function containersOf(pod: KubeObject): readonly Json[] {
  return ["initContainerStatuses", "containerStatuses"].flatMap((field) =>
    listAt(pod, "status", field),
  );
}

function podReasons(pod: KubeObject): readonly string[] {
  const containers = containersOf(pod);
  const unmet = listAt(pod, "status", "conditions").filter(
    (one) => fieldAt(one, "status") === "False" && stringAt(one, "message") !== undefined,
  );
  const isStarted = containers.some((one) => fieldAt(one, "state", "running") !== undefined);
  return [
    ...containers.flatMap(containerReason),
    // "containers with unready status: [manager]" tells less than the container.
    ...unmet.filter((one) => !isReadiness(one) || isStarted).flatMap(reasonText),
    ...(stringAt(pod, "status", "reason") === undefined ? [] : reasonText(fieldAt(pod, "status"))),
  ];
}

function isReadiness(condition: Json): boolean {
  return ["Ready", "ContainersReady"].includes(String(fieldAt(condition, "type")));
}

/** `manager (ghcr.io/x/y:v1): ImagePullBackOff: …`. */
function containerReason(status: Json): readonly string[] {
  const state =
    fieldAt(status, "state", "waiting") ??
    ended(fieldAt(status, "state", "terminated")) ??
    ended(fieldAt(status, "lastState", "terminated"));
  const reason = stringAt(state, "reason");
  const isReady = fieldAt(status, "ready") === true;
  // What every pod says while it starts.
  const isUsual = reason === "ContainerCreating" || reason === "PodInitializing";
  if (isReady || isUsual || reason === undefined || reason === "Completed") return [];
  const image = stringAt(status, "image");
  const who = `${stringAt(status, "name")}${image === undefined ? "" : ` (${image})`}`;
  return reasonText(state).map((text) => `${who}: ${text}`);
}

/** The message of what has ended is the end of its log, and may hold anything. */
function ended(terminated: Json): Json {
  const reason = stringAt(terminated, "reason");
  return reason === undefined
    ? undefined
    : { reason, message: `exit code ${String(fieldAt(terminated, "exitCode"))}` };
}

const LONGEST = 240;

function reasonText(holder: Json): readonly string[] {
  const parts = [stringAt(holder, "reason"), stringAt(holder, "message")];
  const text = parts.filter((part) => part !== undefined).join(": ");
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line === "" ? [] : [line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line];
}
