// Every finding there is: what it means and what to do, once. docs/findings.md is made of this table.

import type { FindingFacts } from "./finding-facts.ts";
import { PREFLIGHT_FINDINGS } from "./preflight-codes.ts";

/** Append-only: users search for these words. */
export const FINDINGS = {
  KIND_MISSING_IN_TARGET: {
    severity: "error",
    ignorable: false,
    about: "The target does not serve a kind of which something moves.",
    remedy:
      "Install its provider in the target, or let this program bring it (no `--providers=skip`).",
  },
  KIND_NOT_HELD: {
    severity: "error",
    ignorable: false,
    about:
      "Nothing shows that the controller of a kind with finalizers stands still while its objects move.",
    remedy:
      "Stop that controller (`--controller NS/NAME` names one that belongs to no provider), then `--assume-held KIND` if nothing else can show it.",
  },
  KIND_NOT_LISTED: {
    severity: "error",
    ignorable: false,
    about:
      "This user may not list a kind of the source, so what belongs to the Clusters cannot be known.",
    remedy: "Grant the rule that is printed.",
  },
  OBJECT_BEING_DELETED: {
    severity: "error",
    ignorable: false,
    about: "An object that would move is being deleted.",
    remedy: "Wait until it is gone, then run again.",
  },
  OBJECT_EXISTS_IN_TARGET: {
    severity: "error",
    ignorable: false,
    about: "The target has another object of that name, or one that a controller may act on.",
    remedy: "Compare the two; delete or rename one.",
  },
  FOREIGN_DEPENDENT: {
    severity: "error",
    ignorable: false,
    about:
      "A moved object owns something of a built-in kind that Cluster API does not move: it would be collected.",
    remedy:
      "`--include KIND/NS/NAME` moves it, `--leave KIND/NS/NAME` cuts its owner reference and leaves it.",
  },
  FOREIGN_OWNER: {
    severity: "error",
    ignorable: false,
    about: "A moved object is owned by something of a built-in kind.",
    remedy: "`--include KIND/NS/NAME` or `--leave KIND/NS/NAME`.",
  },
  OWNER_STAYS: {
    severity: "error",
    ignorable: false,
    about:
      "An owner of a moved object stays in the source. An error for a Cluster, else the copy comes without that reference.",
    remedy: "Move the owner as well.",
  },
  OWNER_MOVES: {
    severity: "error",
    ignorable: false,
    about: "Something that stays is owned by nothing but what moves: the source would collect it.",
    remedy: "Move what shares it too, or let something that stays own it.",
  },
  OWNER_DANGLING: {
    severity: "note",
    ignorable: false,
    about: "A reference to an owner that does not exist any more is left out of the copy.",
    remedy: "",
  },
  OWNER_CYCLE: {
    severity: "note",
    ignorable: false,
    about: "Objects own each other: one reference is put back once both exist.",
    remedy: "",
  },
  POOL_SHARED: {
    severity: "error",
    ignorable: false,
    about: "Both clusters would hand out from one pool or inventory.",
    remedy: "Move every Cluster that uses it in one run.",
  },
  MOVE_BLOCKED_BY_ANNOTATION: {
    severity: "warning",
    ignorable: true,
    about:
      "A controller has marked an object `block-move`: the pivot waits until it takes that away.",
    remedy: "",
  },
  PAUSED_ALREADY: {
    severity: "note",
    ignorable: false,
    about: "It was paused before and stays paused, in the target too.",
    remedy: "",
  },
  TARGET_REFUSES_CREATE: {
    severity: "error",
    ignorable: false,
    about:
      "The target refuses a copy when it is tried without storing it; a note where what it misses comes along.",
    remedy: "The server's words say why.",
  },
  PROVIDER_OLDER: {
    severity: "error",
    ignorable: false,
    about:
      "A provider of the target is older than that of the source: fields may be unknown to it.",
    remedy: "Upgrade it in the target first.",
  },
  PROVIDER_NEWER: {
    severity: "note",
    ignorable: false,
    about: "A provider of the target is newer.",
    remedy: "",
  },
  PROVIDER_VERSION_UNKNOWN: {
    severity: "warning",
    ignorable: true,
    about: "Versions of a provider cannot be compared.",
    remedy: "Make sure yourself that the target's is not older.",
  },
  PROVIDER_MISSING_IN_TARGET: {
    severity: "note",
    ignorable: false,
    about:
      "Nothing will reconcile some of what moves until its provider is installed in the target.",
    remedy: "",
  },
  FEATURE_GATE_DIFFERS: {
    severity: "warning",
    ignorable: true,
    about: "A feature gate of a provider is another one in the target.",
    remedy: "Set it as in the source, unless the difference is meant.",
  },
  STORED_VERSIONS: {
    severity: "note",
    ignorable: false,
    about:
      "Objects of a kind may be stored at a version that its provider has to convert; that provider is stopped later.",
    remedy: "",
  },
  CONTROLLER_MANAGED: {
    severity: "warning",
    ignorable: true,
    about: "Somebody scales a controller that this program stops: it would come back.",
    remedy: "Suspend that somebody first.",
  },
  CONTROLLER_NOT_FOUND: {
    severity: "error",
    ignorable: false,
    about: "`--controller` names what neither cluster has.",
    remedy: "Correct the name.",
  },
  CONTROLLER_CANNOT_STOP: {
    severity: "error",
    ignorable: false,
    about: "A controller runs as a DaemonSet and cannot be scaled to 0.",
    remedy: "Stop it by hand, or `--stop-controllers=never`.",
  },
  COMPONENT_DIFFERS: {
    severity: "error",
    ignorable: true,
    about: "The target has another object under the name of a component that would be installed.",
    remedy: "Make the two equal, or ignore it to use what is there.",
  },
  COMPONENT_UNSUPPORTED: {
    severity: "error",
    ignorable: false,
    about: "A component cannot be copied, for instance because it mounts a volume claim.",
    remedy: "Install that provider in the target yourself.",
  },
  COMPONENT_REFERENCE_MISSING: {
    severity: "error",
    ignorable: true,
    about: "A provider's program wants a Secret or ConfigMap that does not come along.",
    remedy: "Create it in the target, or put it into a file of `--components`.",
  },
  COMPONENTS_UNEXPECTED: {
    severity: "error",
    ignorable: true,
    about: "`--components` holds a provider that the source does not have.",
    remedy: "Leave that file out.",
  },
  CERT_MANAGER_MISSING: {
    severity: "error",
    ignorable: true,
    about:
      "A provider wants certificates, and cert-manager is neither in the target nor comes along.",
    remedy: "Install cert-manager in the target, or give its manifests.",
  },
  WEBHOOK_URL: {
    severity: "error",
    ignorable: false,
    about: "A webhook configuration calls a URL: its copy would call the source.",
    remedy: "Let it name a Service, or install that provider yourself.",
  },
  TARGET_SET_SELECTS: {
    severity: "warning",
    ignorable: true,
    about:
      "A ClusterResourceSet that the target had before selects a Cluster that moves: it is paused until the thaw.",
    remedy: "",
  },
  OPERATOR_STAYS_BEHIND: {
    severity: "note",
    ignorable: false,
    about:
      "Components that the CAPI operator has installed are copied to the target without it and without the objects that asked for them.",
    remedy:
      "For an operator in the target, install it and its provider objects there first: what is there is not copied.",
  },
  OPERATOR_BRINGS_BACK: {
    severity: "error",
    ignorable: false,
    about:
      "The CAPI operator goes on running and would bring back what is removed from the source.",
    remedy: "`--source-providers=keep`, or leave `--stop-controllers=never` out.",
  },
  ...PREFLIGHT_FINDINGS,
} as const satisfies Readonly<Record<string, FindingFacts>>;

export type FindingCode = keyof typeof FINDINGS;

/** In the order of the table. */
export const FINDING_CODES = Object.keys(FINDINGS) as readonly FindingCode[];

/** The facts of one code. */
export function findingFacts(code: FindingCode): FindingFacts {
  return FINDINGS[code];
}
