// What `plan` shows and what a run is confirmed with: the plan beside the two clusters it is about.
import type { ClusterIdentity } from "./inventory.ts";
import type { Plan } from "./plan.ts";

export interface Preview {
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
  readonly plan: Plan;
}
