// Every flag of every command, once: the normaliser, the help and the suggestions read this table.

export interface Flag {
  readonly long: string;
  readonly short?: string;
  /** Other names of the same flag: clusterctl's. */
  readonly aliases?: readonly string[];
  /** What stands for the value in help; absent: a switch. */
  readonly value?: string;
  readonly repeatable?: boolean;
  /** As help prints it. */
  readonly default: string;
  readonly about: string;
}

const SCOPE_FLAGS: readonly Flag[] = [
  {
    long: "kubeconfig",
    value: "FILE",
    default: "''",
    about: "Kubeconfig of the source. Default: $KUBECONFIG, then ~/.kube/config.",
  },
  {
    long: "context",
    aliases: ["kubeconfig-context"],
    value: "NAME",
    default: "''",
    about: "Context of the source (also --kubeconfig-context). Default: the current context.",
  },
  {
    long: "to-kubeconfig",
    value: "FILE",
    default: "''",
    about: "Kubeconfig of the target.",
  },
  {
    long: "to-context",
    aliases: ["to-kubeconfig-context"],
    value: "NAME",
    default: "''",
    about:
      "Context of the target (also --to-kubeconfig-context), in the file of --to-kubeconfig; without that, in the source's kubeconfig.",
  },
  {
    long: "to-cluster",
    value: "NAMESPACE/NAME",
    default: "''",
    about:
      "The target is this Cluster of the source, reached with the kubeconfig in its Secret: a management cluster moves into the cluster that it has made.",
  },
  {
    long: "namespace",
    short: "n",
    value: "NAMESPACE",
    repeatable: true,
    default: "[]",
    about: "Move what is in this namespace only. May be repeated. Default: all namespaces.",
  },
  {
    long: "cluster",
    value: "NAMESPACE/NAME",
    repeatable: true,
    default: "[]",
    about: "Move this Cluster only. May be repeated. Default: all Clusters.",
  },
  {
    long: "include",
    value: "KIND/NAMESPACE/NAME",
    repeatable: true,
    default: "[]",
    about:
      "Move this object too, although its kind would block the pivot. KIND is Kind or Kind.group. May be repeated.",
  },
  {
    long: "leave",
    value: "KIND/NAMESPACE/NAME",
    repeatable: true,
    default: "[]",
    about:
      "Leave this object in the source and cut its owner references to what moves. May be repeated.",
  },
  {
    long: "assume-held",
    value: "KIND",
    repeatable: true,
    default: "[]",
    about:
      "Take it on your word that nothing reconciles objects of this kind during the pivot. KIND is Kind or Kind.group. May be repeated.",
  },
  {
    long: "controller",
    value: "NAMESPACE/NAME",
    repeatable: true,
    default: "[]",
    about:
      "This Deployment, StatefulSet or DaemonSet acts on moved objects although it belongs to no provider: a bare-metal operator, for instance. May be repeated.",
  },
];

const RUN_FLAGS: readonly Flag[] = [
  {
    long: "status",
    value: "restore|drop",
    default: "'restore'",
    about: "Write the status of every object to its copy, or leave it to the controllers.",
  },
  {
    long: "stop-controllers",
    value: "auto|never",
    default: "'auto'",
    about:
      "Scale the controllers of the source to 0 while everything moves; auto does so when the whole management cluster moves.",
  },
  {
    long: "providers",
    value: "copy|skip",
    default: "'copy'",
    about:
      "Bring the providers that the target lacks, copied from the source, or leave the target as it is.",
  },
  {
    long: "components",
    value: "FILE",
    repeatable: true,
    default: "[]",
    about:
      "Manifests of a provider, or of cert-manager, to install in the target instead of what the source has; - is stdin. Variables are filled in from the environment. May be repeated.",
  },
  {
    long: "source-providers",
    value: "remove|stop|keep",
    default: "'remove'",
    about:
      "What becomes of the providers of the source: their components are removed, their controllers stay at 0, or they run again. Default: remove when the whole management cluster moves, else keep.",
  },
  {
    long: "delete-kind-cluster",
    default: "false",
    about:
      "Delete the source with `kind delete cluster` at the very end; its context must be kind-NAME.",
  },
  {
    long: "prove-for",
    value: "DURATION",
    default: "30s",
    about:
      "Watch the fleet this long in the target: no Machine may come or go. 0 skips the proof that it is as it was.",
  },
  {
    long: "concurrency",
    value: "NUMBER",
    default: "32",
    about: "Requests under way at the same time, 1 to 64.",
  },
  {
    long: "timeout",
    value: "DURATION",
    default: "5m",
    about: "Longest single wait, for instance for a controller to acknowledge a pause.",
  },
  {
    long: "yes",
    short: "y",
    default: "false",
    about: "Do not ask before the first change.",
  },
];

const CONNECTION_FLAGS: readonly Flag[] = [
  {
    long: "request-timeout",
    value: "DURATION",
    default: "30s",
    about: "Longest single request; 0 for no limit.",
  },
];

const OUTPUT_FLAGS: readonly Flag[] = [
  {
    long: "color",
    value: "auto|always|never",
    default: "'auto'",
    about: "Colours; auto looks at the terminal, NO_COLOR and FORCE_COLOR.",
  },
  {
    long: "v",
    short: "v",
    value: "LEVEL",
    default: "0",
    about: "Say more on stderr: 4 causes of errors, 6 requests, 8 their headers.",
  },
  { long: "help", short: "h", default: "false", about: "Show this text." },
];

function outputFlag(value: string, about: string): Flag {
  return { long: "output", short: "o", value, default: "'text'", about };
}

export const PIVOT_FLAGS: readonly Flag[] = [
  ...SCOPE_FLAGS,
  ...RUN_FLAGS,
  { long: "dry-run", default: "false", about: "The same as the command plan." },
  ...CONNECTION_FLAGS,
  outputFlag(
    "text|ndjson",
    "Progress for people on stderr, or one JSON object per event on stdout.",
  ),
  ...OUTPUT_FLAGS,
];

export const PLAN_FLAGS: readonly Flag[] = [
  ...SCOPE_FLAGS,
  {
    long: "all",
    default: "false",
    about: "Show every object, long rows of objects of one kind too.",
  },
  ...RUN_FLAGS,
  ...CONNECTION_FLAGS,
  outputFlag("text|json|yaml", "The plan for people or for programs, on stdout."),
  ...OUTPUT_FLAGS,
];

export const VERSION_FLAGS: readonly Flag[] = [
  outputFlag("text|json", "One line, or an object, on stdout."),
  ...OUTPUT_FLAGS,
];
