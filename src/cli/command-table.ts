// The commands as facts: their names, help texts and flags. The classes beside this file only translate.
import { type Flag, PIVOT_FLAGS, PLAN_FLAGS, VERSION_FLAGS } from "./flags.ts";
import { STATUS_FLAGS } from "./status-flags.ts";

export const PROGRAM = "kubectl capi-pivot";

export interface CommandFacts {
  /** Empty for the default command. */
  readonly name: string;
  readonly summary: string;
  readonly long: readonly string[];
  readonly examples: readonly (readonly [comment: string, command: string])[];
  readonly flags: readonly Flag[];
}

export const PIVOT: CommandFacts = {
  name: "",
  summary: "Move all Cluster API objects to another management cluster",
  long: [
    "Move all Cluster API objects from one management cluster (the source) to another (the target), and lose nothing.",
    "Everything is looked at and checked before anything is written; then you are asked. The Clusters are paused, copied, compared and only then deleted from the source. A failure before that point, Ctrl-C too, puts the source back to what it was.",
    "Providers that the target lacks are copied from the source first. When everything moves, the source's controllers are stopped before the copy, and its providers are removed when the fleet has been seen to live in the target. Exit codes: 0 done, 1 nothing was changed, 2 usage, 3 stopped midway, 4 stopped past the point of no return, 70 bug, 130/143/129 a signal.",
  ],
  examples: [
    [
      "See what would be moved, without changing anything",
      "kubectl capi-pivot plan --to-kubeconfig target.yaml",
    ],
    ["Move everything", "kubectl capi-pivot --to-kubeconfig target.yaml"],
    [
      "Between two contexts of your kubeconfig, without a question",
      "kubectl capi-pivot --context kind-bootstrap --to-context prod --yes",
    ],
    [
      "From a bootstrap cluster into the cluster it has made",
      "kubectl capi-pivot --to-cluster default/management",
    ],
    ["One Cluster only", "kubectl capi-pivot --to-kubeconfig target.yaml --cluster prod-a/web"],
  ],
  flags: PIVOT_FLAGS,
};

export const PLAN: CommandFacts = {
  name: "plan",
  summary: "Show what would be moved and what is in the way; changes nothing",
  long: [
    "Show what a pivot would move and copy, in which order, what stands still meanwhile, and everything that is in the way. Both clusters are read, nothing is written.",
    "Exit codes: 0 the pivot could run, 1 it could not, 2 usage.",
  ],
  examples: [
    ["The plan as a page", "kubectl capi-pivot plan --to-kubeconfig target.yaml"],
    ["Every object, long rows too", "kubectl capi-pivot plan --to-kubeconfig target.yaml --all"],
    [
      "All objects that would be written, as data",
      "kubectl capi-pivot plan --to-context prod -o json | jq '.groups[].objects'",
    ],
  ],
  flags: PLAN_FLAGS,
};

export const STATUS: CommandFacts = {
  name: "status",
  summary: "Show what a pivot has left here and what can be done now",
  long: [
    "Show what run there is or was, its phase, who began it and from where to where, how many of its objects are in which cluster, whether somebody holds its lock, and the commands that are possible now. One cluster is enough, whichever side it was; with --to-kubeconfig, --to-context or --to-cluster both are looked at. Nothing is written.",
    "Exit codes: 0 it could look, whatever it found, 1 it could not, 2 usage.",
  ],
  examples: [
    ["In the current context", "kubectl capi-pivot status"],
    ["Both clusters", "kubectl capi-pivot status --context kind-bootstrap --to-context prod"],
    ["For a script", "kubectl capi-pivot status -o json | jq -r .state"],
  ],
  flags: STATUS_FLAGS,
};

export const VERSION: CommandFacts = {
  name: "version",
  summary: "Show the version of this plugin",
  long: ["Show the version of this plugin. Contacts no cluster."],
  examples: [["As data", "kubectl capi-pivot version -o json"]],
  flags: VERSION_FLAGS,
};

/** The default command first. */
export const COMMANDS: readonly CommandFacts[] = [PIVOT, PLAN, STATUS, VERSION];
