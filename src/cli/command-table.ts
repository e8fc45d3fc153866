// The commands as facts: their names, help texts and flags. The classes beside this file only translate.
import { exitCodesText } from "./exit-codes.ts";
import type { Flag } from "./flag.ts";
import { OUTPUT_FLAGS, PIVOT_FLAGS, PLAN_FLAGS, VERSION_FLAGS } from "./flags.ts";
import { STATUS_FLAGS } from "./status-flags.ts";
import { RESUME_FLAGS, ROLLBACK_FLAGS } from "./take-up-flags.ts";

export const PROGRAM = "kubectl capi-pivot";

export interface CommandFacts {
  /** Empty for the default command. */
  readonly name: string;
  readonly summary: string;
  readonly long: readonly string[];
  readonly examples: readonly (readonly [comment: string, command: string])[];
  readonly flags: readonly Flag[];
  /** The one word that follows the name; it must be given. */
  readonly argument?: { readonly value: string; readonly choices: readonly string[] };
}

export const PIVOT: CommandFacts = {
  name: "",
  summary: "Move all Cluster API objects to another management cluster",
  long: [
    "Move all Cluster API objects from one management cluster (the source) to another (the target), and lose nothing.",
    "Everything is looked at and checked before anything is written; then you are asked. The Clusters are paused, copied, compared and only then deleted from the source. A failure before that point, Ctrl-C too, puts the source back to what it was.",
    "Providers that the target lacks are copied from the source first. When everything moves, the source's controllers are stopped before the copy, and its providers are removed when the fleet has been seen to live in the target.",
    `Exit codes: ${exitCodesText()}.`,
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

export const RESUME: CommandFacts = {
  name: "resume",
  summary: "Go on with a pivot that was interrupted, to its end",
  long: [
    "Go on with a pivot that was interrupted: killed, cut off from a cluster, or stopped past the point of no return. What is in the clusters decides, the record only says what was intended. Before the point of no return everything is checked again: when it is not what was confirmed, nothing is written, and rollback is offered. After it the run goes to its end.",
    "Options come from the record of the run; a flag that contradicts it is an error. Exit codes: 0 done, 1 there is nothing to resume, 2 usage, 3 stopped before the point of no return, 4 stopped past it.",
  ],
  examples: [
    [
      "With both kubeconfigs, from any machine",
      "kubectl capi-pivot resume --to-kubeconfig target.yaml",
    ],
    [
      "When the source died past the point of no return",
      "kubectl capi-pivot resume --to-kubeconfig target.yaml --source-lost",
    ],
  ],
  flags: RESUME_FLAGS,
};

export const ROLLBACK: CommandFacts = {
  name: "rollback",
  summary: "Undo an interrupted pivot: both clusters as they were before",
  long: [
    "Put both clusters back to what they were before a pivot that was interrupted: copies, installed components and created namespaces go from the target; controllers run again and Clusters are unpaused in the source. Past the point of no return this is refused: resume finishes the run then.",
    "Exit codes: 0 done, 1 there is nothing to roll back, 2 usage, 3 stopped midway: type it again, 4 past the point of no return.",
  ],
  examples: [
    [
      "With both kubeconfigs, from any machine",
      "kubectl capi-pivot rollback --to-kubeconfig target.yaml",
    ],
    ["When the target is gone for good", "kubectl capi-pivot rollback --target-lost"],
  ],
  flags: ROLLBACK_FLAGS,
};

export const VERSION: CommandFacts = {
  name: "version",
  summary: "Show the version of this plugin, and of the servers",
  long: [
    "Show the version of this plugin, and with --servers those of the API servers too. Without --servers nobody is contacted.",
  ],
  examples: [
    ["This plugin", "kubectl capi-pivot version"],
    ["As data", "kubectl capi-pivot version -o json"],
    ["The servers too", "kubectl capi-pivot version --servers --to-context prod"],
  ],
  flags: VERSION_FLAGS,
};

export const COMPLETION: CommandFacts = {
  name: "completion",
  summary: "Print what makes Tab work in your shell",
  long: [
    "Print what makes Tab complete commands, flags, contexts, namespaces and Clusters.",
    "For `kubectl capi-pivot` only kubectl's own completion and a second name of this program are needed: kubectl asks kubectl_complete-capi_pivot on the PATH (kubectl 1.26 or newer). A link to kubectl-capi_pivot of that name does, or the script that `completion kubectl` prints.",
    "bash, zsh, fish and powershell are for the program under its own name, kubectl-capi_pivot.",
  ],
  examples: [
    [
      "kubectl capi-pivot: a link beside the program, which survives updates",
      'cd "$(dirname "$(command -v kubectl-capi_pivot)")"\nln -s kubectl-capi_pivot kubectl_complete-capi_pivot',
    ],
    [
      "The same with a script in a folder of your own that is on the PATH",
      "kubectl capi-pivot completion kubectl > ~/bin/kubectl_complete-capi_pivot\nchmod +x ~/bin/kubectl_complete-capi_pivot",
    ],
    ["kubectl-capi_pivot in this bash", "source <(kubectl-capi_pivot completion bash)"],
    [
      "In every zsh, in a folder of $fpath",
      "kubectl-capi_pivot completion zsh > ~/.zfunc/_kubectl-capi_pivot",
    ],
    [
      "In every fish",
      "kubectl-capi_pivot completion fish \\\n    > ~/.config/fish/completions/kubectl-capi_pivot.fish",
    ],
    [
      "In this PowerShell",
      "kubectl-capi_pivot completion powershell | Out-String | Invoke-Expression",
    ],
  ],
  flags: OUTPUT_FLAGS,
  argument: { value: "SHELL", choices: ["kubectl", "bash", "zsh", "fish", "powershell"] },
};

export const OPTIONS: CommandFacts = {
  name: "options",
  summary: "List the options that all commands share",
  long: ["List the options that all commands share: how to log in to both clusters, and output."],
  examples: [["All of them", "kubectl capi-pivot options"]],
  flags: OUTPUT_FLAGS,
};

/** The default command first. */
export const COMMANDS: readonly CommandFacts[] = [
  PIVOT,
  PLAN,
  STATUS,
  RESUME,
  ROLLBACK,
  VERSION,
  COMPLETION,
  OPTIONS,
];

/** `kubectl capi-pivot plan`. */
export function lineOf({ name }: CommandFacts): string {
  return name === "" ? PROGRAM : `${PROGRAM} ${name}`;
}
