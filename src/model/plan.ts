// What a pivot will do, as data: the dry run is this printed, the run is this carried out.
import type { FindingCode } from "./finding-codes.ts";
import type { ResourceKind } from "./kinds.ts";
import type { KubeObject, ObjectId } from "./object.ts";
import type { ComparedProviders } from "./provider.ts";

export type VerdictKind = "move" | "copy" | "keep" | "blocked";

/** Every object reached gets exactly one, with the reason in words ("below Cluster ns1/prod"). */
export interface Verdict {
  readonly kind: VerdictKind;
  readonly reason: string;
}

/** How a moved object is kept from being reconciled between freeze and thaw (design: "Held"). */
export type Hold =
  | "acknowledges" // carries a Paused condition: we wait for True at its generation
  | "inert" // no controller acts on the kind
  | "annotation" // paused by our annotation
  | "marker" // carries a provider's own pause marker, or will when its Cluster is paused
  | "no-controller" // no controller of its provider runs on either side
  | "assumed" // --assume-held
  | "unknown"; // nobody can tell: see KIND_NOT_HELD

/** How a root is frozen: by `spec.paused`, by annotation, not at all, or it was paused already. */
export type Freeze = "spec" | "annotation" | "none" | "already";

/** One object of the plan. Bodies are not part of it: they come from the snapshot taken when frozen. */
export interface PlannedObject {
  readonly id: ObjectId;
  readonly uid: string;
  /** Kind as spoken to the source and to the target, at the version that both serve. */
  readonly kind: ResourceKind;
  readonly verdict: Verdict;
  readonly hold: Hold;
  readonly freeze: Freeze;
  readonly hasFinalizers: boolean;
  /** Owners in the plan by source uid, in the order of the object's references. */
  readonly owners: readonly string[];
  /** Owner edges that were cut to break a cycle; put back once every owner exists. */
  readonly cutOwners: readonly string[];
  /** References to owners that exist nowhere: left out of the copy. */
  readonly danglingOwners: readonly string[];
  /** The uid of the object it hangs below in the tree view; undefined for roots. */
  readonly parent?: string;
}

/** Objects that may be created at the same time, their owners being in earlier groups. */
export interface MoveGroup {
  readonly objects: readonly PlannedObject[];
}

export type Severity = "error" | "warning" | "note";

/** One thing worth knowing before anything is written. `error` blocks the pivot. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly objects: readonly ObjectId[];
  /** Why: one sentence, no capital, no full stop. */
  readonly why: string;
  /** What to do, with the flag spelled out; empty for notes. */
  readonly hint: string;
}

/** What the operator chose to move and how to treat what would block. */
export interface Scope {
  /** Empty: every namespace. */
  readonly namespaces: readonly string[];
  /** `ns/name`; empty: every cluster. With `selector` or `excluded` what these chose when the source was looked at. */
  readonly clusters: readonly string[];
  /** `--selector` as typed: chooses Clusters by their labels, in `namespaces` where these are given. */
  readonly selector?: string;
  /** `ns/name` of Clusters that stay: all others are chosen, in `namespaces` where these are given. */
  readonly excluded: readonly string[];
  /** Ids in `formatId`'s form or `Kind/ns/name`, see cli/options. */
  readonly include: readonly ObjectRef[];
  readonly leave: readonly ObjectRef[];
  /** `Kind` or `Kind.group`. */
  readonly assumeHeld: readonly string[];
  /** `ns/name` of programs that act on moved objects and belong to no provider. */
  readonly controllers: readonly string[];
  /** Codes of findings that `--ignore` lowers to notes. */
  readonly ignore: readonly FindingCode[];
  /** Checks of single Clusters that are not to be in the way. */
  readonly allow?: readonly Allowed[];
}

/** What is asked of every Cluster before it moves, by the names that `--allow` takes. */
export const CLUSTER_CHECKS = [
  "provisioned",
  "initialized",
  "in-flight",
  "rollout",
  "reachable",
] as const;

export type ClusterCheck = (typeof CLUSTER_CHECKS)[number];

export interface Allowed {
  /** `ns/name`. */
  readonly cluster: string;
  readonly check: ClusterCheck;
}

/** `KIND/ns/name` or `KIND/name` from the command line; KIND is `Kind` or `Kind.group`. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface Plan {
  /** Whole management cluster, or a part of it (`-n`, `--cluster`). */
  readonly whole: boolean;
  /** Create order; deletion is this reversed. Holds exactly the objects with verdict move or copy. */
  readonly groups: readonly MoveGroup[];
  /** Objects reached but not moved: verdict keep or blocked. */
  readonly others: readonly PlannedObject[];
  /** Objects whose owner references are cut in the source first (`--leave`), with the owners' uids to cut. */
  readonly leaves: readonly LeftObject[];
  /** Namespaces that the target lacks, with labels and annotations to create them with. */
  readonly namespaces: readonly NamespaceToCreate[];
  /** ClusterResourceSets of the target that hold still until the thaw. */
  readonly targetSets: readonly TargetSet[];
  /** What manages each cluster at the time of planning. */
  readonly providers: ComparedProviders;
  readonly findings: readonly Finding[];
}

export interface LeftObject {
  readonly id: ObjectId;
  readonly uid: string;
  readonly kind: ResourceKind;
  readonly cut: readonly string[];
}

/** A ClusterResourceSet of the target that selects a moved Cluster and is no copy of this run. */
export interface TargetSet {
  readonly id: ObjectId;
  readonly uid: string;
  readonly kind: ResourceKind;
  /** `ns/name` of the moved Clusters that it selects. */
  readonly clusters: readonly string[];
  /** `already`: was paused before, and stays so. */
  readonly freeze: Extract<Freeze, "annotation" | "already">;
}

export interface NamespaceToCreate {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One field that is not as it should be; `path` like `spec.replicas`, values never included (they may be secret). */
export interface Difference {
  readonly path: string;
  readonly change: "missing" | "changed" | "added";
}

/** Bodies by source uid, as read from the frozen source. */
export type Bodies = ReadonlyMap<string, KubeObject>;
