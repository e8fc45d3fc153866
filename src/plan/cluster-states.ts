// Is a Cluster in a state to be moved? What clusterctl refuses altogether is a finding per Cluster here, with its age and
// what its controllers say; `--allow` overrides one. Pure.
import { isCluster, LABEL } from "../model/capi.ts";
import { conditionOf } from "../model/conditions.ts";
import { ageText } from "../model/duration.ts";
import type { FindingCode } from "../model/finding-codes.ts";
import { asRecord, fieldAt, type KubeObject, type ObjectId, stringAt } from "../model/object.ts";
import type { Allowed, Bodies, ClusterCheck, Finding, Plan, Severity } from "../model/plan.ts";
import { movedObjects } from "./plan-pivot.ts";

export interface StateInput {
  readonly plan: Plan;
  readonly bodies: Bodies;
  readonly allow: readonly Allowed[];
  readonly secondsSince: SecondsSince;
}

/** Of an RFC 3339 moment; NaN for what is none. */
export type SecondsSince = (moment: string) => number;

/** One moved Cluster with everything of it that moves. */
interface Fleet {
  readonly cluster: KubeObject;
  readonly id: ObjectId;
  readonly members: readonly Member[];
  readonly since: SecondsSince;
}

interface Member {
  readonly id: ObjectId;
  readonly body: KubeObject;
}

interface Trouble {
  readonly severity: Severity;
  readonly why: string;
  /** Default: the Cluster. */
  readonly objects?: readonly ObjectId[];
}

interface Check {
  readonly check: ClusterCheck;
  readonly code: FindingCode;
  readonly look: (fleet: Fleet) => Trouble | undefined;
  readonly hint: string;
}

const CHECKS: readonly Check[] = [
  {
    check: "provisioned",
    code: "CLUSTER_NOT_PROVISIONED",
    look: notProvisioned,
    hint: "wait until its infrastructure is there",
  },
  {
    check: "initialized",
    code: "CONTROL_PLANE_NOT_INITIALIZED",
    look: notInitialized,
    hint: "wait until its first control plane machine is up",
  },
  {
    check: "in-flight",
    code: "INFRASTRUCTURE_IN_FLIGHT",
    look: inFlight,
    hint: "wait until they have a providerID",
  },
  { check: "rollout", code: "ROLLOUT_IN_PROGRESS", look: rollout, hint: "wait until it is over" },
  {
    check: "reachable",
    code: "WORKLOAD_UNREACHABLE",
    look: unreachable,
    hint: "see whether its API server answers",
  },
];

/** For every Cluster that moves, each check that fails. */
export function stateFindings(input: StateInput): readonly Finding[] {
  return fleetsOf(input).flatMap((fleet) => {
    const name = `${fleet.id.namespace}/${fleet.id.name}`;
    return CHECKS.flatMap(({ check, code, look, hint }) => {
      const trouble = look(fleet);
      if (trouble === undefined) return [];
      const { severity, why, objects = [fleet.id] } = trouble;
      const isAllowed = input.allow.some((one) => one.cluster === name && one.check === check);
      return isAllowed
        ? [{ code, severity: "note" as const, objects, why: `${why} (allowed as asked)`, hint: "" }]
        : [{ code, severity, objects, why, hint: `${hint}, or --allow ${name}=${check}` }];
    });
  });
}

function fleetsOf({ plan, bodies, secondsSince: since }: StateInput): readonly Fleet[] {
  const moved = movedObjects(plan).flatMap(({ id, uid }) => {
    const body = bodies.get(uid);
    return body === undefined ? [] : [{ id, body }];
  });
  const members = Map.groupBy(moved, ({ id, body }) => `${id.namespace}/${clusterOf(body)}`);
  return moved
    .filter(({ id }) => isCluster(id))
    .map(({ id, body }) => ({
      ...{ id, cluster: body, since },
      members: members.get(`${id.namespace}/${id.name}`) ?? [],
    }));
}

function clusterOf(body: KubeObject): string {
  return body.metadata.labels?.[LABEL.clusterName] ?? stringAt(body, "spec", "clusterName") ?? "";
}

function initialization(cluster: KubeObject, field: string): boolean {
  return fieldAt(cluster, "status", "initialization", field) === true;
}

/** One that no controller has touched yet has begun nothing. */
function notProvisioned({ cluster, since }: Fleet): Trouble | undefined {
  const isReady =
    initialization(cluster, "infrastructureProvisioned") ||
    fieldAt(cluster, "status", "infrastructureReady") === true;
  if (isReady) return undefined;
  const isUntouched = Object.keys(asRecord(cluster["status"]) ?? {}).length === 0;
  return isUntouched
    ? { severity: "warning", why: `no controller has looked at it yet${ageOf(cluster, since)}` }
    : {
        severity: "error",
        why: `its infrastructure is not provisioned yet: it may be created twice${said(cluster, "InfrastructureReady", since)}`,
      };
}

function notInitialized({ cluster, since }: Fleet): Trouble | undefined {
  const isReady =
    initialization(cluster, "controlPlaneInitialized") ||
    fieldAt(cluster, "status", "controlPlaneReady") === true ||
    stringAt(conditionOf(cluster, "ControlPlaneInitialized"), "status") === "True";
  const isUntouched = Object.keys(asRecord(cluster["status"]) ?? {}).length === 0;
  if (isReady || isUntouched) return undefined;
  return {
    severity: "error",
    why: `its control plane is not initialized yet${said(cluster, "ControlPlaneInitialized", since)}`,
  };
}

/** A machine of an infrastructure provider without a providerID: somebody may be creating it this very moment. */
function inFlight({ members, since }: Fleet): Trouble | undefined {
  const byName = new Map(members.map((one) => [nameKey(one.id.kind, one.id.name), one]));
  const waiting = members
    .filter(({ id }) => id.kind === "Machine" && id.group === "cluster.x-k8s.io")
    .flatMap(({ body }) => {
      const ref = fieldAt(body, "spec", "infrastructureRef");
      return byName.get(nameKey(stringAt(ref, "kind"), stringAt(ref, "name"))) ?? [];
    })
    .filter(({ body }) => stringAt(body, "spec", "providerID") === undefined);
  const [first] = waiting;
  if (first === undefined) return undefined;
  return {
    severity: "error",
    objects: waiting.map(({ id }) => id),
    why: `has no providerID yet${ageOf(first.body, since)}: what is being created could be created twice`,
  };
}

function nameKey(kind = "", name = ""): string {
  return `${kind} ${name}`;
}

const ROLLING = ["RollingOut", "Remediating", "ScalingUp", "ScalingDown", "Deleting"];

function rollout({ cluster, members, since }: Fleet): Trouble | undefined {
  const rolling = [cluster, ...members.filter(isScalable).map(({ body }) => body)].flatMap((body) =>
    ROLLING.filter((type) => stringAt(conditionOf(body, type), "status") === "True").map(
      (type) => [body, type] as const,
    ),
  );
  const [first] = rolling;
  if (first === undefined) return undefined;
  const [body, type] = first;
  const whose =
    body === cluster ? "its machines" : `machines of ${body.kind} ${body.metadata.name}`;
  return {
    severity: "warning",
    why: `${whose} are being changed${said(body, type, since)}`,
  };
}

function isScalable({ id }: Member): boolean {
  return ["MachineDeployment", "MachinePool"].includes(id.kind) || id.kind.endsWith("ControlPlane");
}

function unreachable({ cluster, since }: Fleet): Trouble | undefined {
  const type = "RemoteConnectionProbe";
  if (stringAt(conditionOf(cluster, type), "status") !== "False") return undefined;
  return {
    severity: "warning",
    why: `its API server cannot be reached from the source${said(cluster, type, since)}`,
  };
}

/** ` (InfrastructureReady is False for 3m: NotReady)`. */
function said(object: KubeObject, type: string, since: SecondsSince): string {
  const condition = conditionOf(object, type);
  const status = stringAt(condition, "status");
  if (status === undefined) return ageOf(object, since);
  const span = spanSince(stringAt(condition, "lastTransitionTime"), since);
  const reason = stringAt(condition, "reason");
  return ` (${type} is ${status}${span === "" ? "" : ` for ${span}`}${reason === undefined ? "" : `: ${reason}`})`;
}

function ageOf({ metadata }: KubeObject, since: SecondsSince): string {
  const age = spanSince(metadata.creationTimestamp, since);
  return age === "" ? "" : ` (it is ${age} old)`;
}

function spanSince(moment: string | undefined, since: SecondsSince): string {
  const seconds = since(moment ?? "");
  return Number.isNaN(seconds) ? "" : ageText(Math.max(0, Math.round(seconds)));
}
