// The flags that say how the pivot is done.
import type { Flag } from "./flag.ts";

export const RUN_FLAGS: readonly Flag[] = [
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
    offers: { what: "files", of: "target" },
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
    long: "wait-for-network",
    value: "DURATION",
    default: "2m",
    about:
      "Wait this long for a cluster that stops answering in the middle of a run, then stop; 0: not at all.",
  },
  {
    long: "yes",
    short: "y",
    default: "false",
    about: "Do not ask before the first change.",
  },
];
