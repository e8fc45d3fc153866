// What `plan` shows and what a run is confirmed with: the plan beside the two clusters it is about.
import type { InstallPlan } from "./install.ts";
import type { ClusterIdentity } from "./inventory.ts";
import type { ResourceKind } from "./kinds.ts";
import type { Plan, Scope } from "./plan.ts";
import type { StopPlan } from "./provider.ts";
import type { SourceProviders } from "./run-record.ts";

/** What the operator chose that a plan depends on. */
export interface PlanChoices {
  readonly stopControllers: "auto" | "never";
  readonly providers: "copy" | "skip";
  /** SHA-256 of what `--components` gave; absent without. */
  readonly manifests?: string;
}

export interface Preview {
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
  /** What was chosen, every Cluster by its name: what the run is carried out with. */
  readonly scope: Scope;
  readonly plan: Plan;
  /** Holds bodies, Secrets among them: counted and named, never printed. */
  readonly install: InstallPlan;
  /** Undefined: the controllers of the source go on. */
  readonly stop: StopPlan | undefined;
  /** What becomes of the providers of the source. */
  readonly sourceProviders: SourceProviders;
  /** How it was planned beside the scope: a plan that is carried out later is made again in the same way. */
  readonly choices: PlanChoices;
  /** Uids of copies that can only be tried when providers and namespaces are in the target. */
  readonly deferred: readonly string[];
  /** What both clusters served, by `kindKey`. */
  readonly kinds: Readonly<Record<"source" | "target", ReadonlyMap<string, ResourceKind>>>;
}
