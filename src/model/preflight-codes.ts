// Findings of the preflight: what servers say when they are only asked.
import type { FindingFacts } from "./finding-facts.ts";

/** Append-only, as FINDINGS. */
export const PREFLIGHT_FINDINGS = {
  RIGHTS_MISSING: {
    severity: "error",
    ignorable: false,
    about: "This user of a cluster may not do something that the run will need.",
    remedy: "Apply the ClusterRole that is printed, and bind it to the user.",
  },
  SOURCE_REFUSES_CHANGE: {
    severity: "error",
    ignorable: false,
    about:
      "The source refuses to let an object be paused, or be made ready for its deletion, when that is tried without storing it.",
    remedy: "The server's words say why.",
  },
  SOURCE_REFUSES_DELETE: {
    severity: "error",
    ignorable: false,
    about:
      "The source refuses to delete what has moved, when that is tried without storing it; a note where the refusal will be over by then.",
    remedy: "The server's words say why.",
  },
  TRIED_LATER: {
    severity: "note",
    ignorable: false,
    about:
      "A copy cannot be tried as long as its kind, its provider or its namespace is missing in the target: that is done when they are there, before anything is paused.",
    remedy: "",
  },
  NOT_TRIED: {
    severity: "note",
    ignorable: false,
    about: "A webhook cannot be asked without storing something (its `sideEffects` say so).",
    remedy: "",
  },
  REFERENCE_LEFT_BEHIND: {
    severity: "error",
    ignorable: true,
    about:
      "Something that moves refers to an object of the source that it does not own, and that would not be in the target.",
    remedy: "`--include KIND/NS/NAME` takes it along; or create it in the target.",
  },
  QUOTA_TOO_SMALL: {
    severity: "error",
    ignorable: false,
    about: "A quota of the target has not room for everything that comes.",
    remedy: "Raise it, or make room.",
  },
  CLUSTER_NOT_PROVISIONED: {
    severity: "error",
    ignorable: false,
    about:
      "The infrastructure of a Cluster is not provisioned yet. A warning where no controller has begun.",
    remedy: "Wait, or `--allow NS/NAME=provisioned`.",
  },
  CONTROL_PLANE_NOT_INITIALIZED: {
    severity: "error",
    ignorable: false,
    about: "The control plane of a Cluster is not initialized yet.",
    remedy: "Wait, or `--allow NS/NAME=initialized`.",
  },
  INFRASTRUCTURE_IN_FLIGHT: {
    severity: "error",
    ignorable: false,
    about:
      "An infrastructure machine has no providerID yet: what is being created for it could be created twice.",
    remedy: "Wait, or `--allow NS/NAME=in-flight`.",
  },
  ROLLOUT_IN_PROGRESS: {
    severity: "warning",
    ignorable: true,
    about: "Machines of a Cluster are being replaced, scaled, remediated or deleted.",
    remedy: "Wait, or `--allow NS/NAME=rollout`.",
  },
  WORKLOAD_UNREACHABLE: {
    severity: "warning",
    ignorable: true,
    about: "The API server of a Cluster cannot be reached from the source, as its conditions say.",
    remedy: "See whether it answers, or `--allow NS/NAME=reachable`.",
  },
  GITOPS_ACTIVE: {
    severity: "error",
    ignorable: false,
    about:
      "Flux or Argo CD applies something that moves: it would undo the pause, or create anew what is deleted. A warning where the source's controllers are stopped, and where the tool is not in the source.",
    remedy: "Suspend it, as the finding says.",
  },
  HELM_RELEASE: {
    severity: "note",
    ignorable: false,
    about: "Something that moves belongs to a Helm release, whose record stays in the source.",
    remedy: "",
  },
  AUTOSCALED: {
    severity: "warning",
    ignorable: true,
    about: "An autoscaler writes replicas of something that moves, paused or not.",
    remedy: "Stop it during the pivot.",
  },
} as const satisfies Readonly<Record<string, FindingFacts>>;
