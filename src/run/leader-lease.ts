// Is anybody still the leader? The second witness that a controller has stopped: its pods may be gone from the API while
// the process lives on, on a node that does not answer or on somebody's laptop.
import { LABEL } from "../model/capi.ts";
import { numberOf } from "../model/json.ts";
import { fieldAt, type Json, type KubeObject, stringAt } from "../model/object.ts";

/** Names that managers have built in, by provider label (`LeaderElectionID` of their main.go). */
const KNOWN_NAMES: Readonly<Record<string, string>> = {
  "cluster-api": "controller-leader-election-capi",
  "bootstrap-kubeadm": "kubeadm-bootstrap-manager-leader-election-capi",
  "control-plane-kubeadm": "kubeadm-control-plane-manager-leader-election-capi",
  "infrastructure-docker": "controller-leader-election-capd",
};

const NAME_FLAG = /^--?leader-election-id=(.+)$/;

/** The names that leases of a program have by its own arguments, or are known to have. */
export function leaseNames(workload: KubeObject): ReadonlySet<string> {
  const containers = fieldAt(workload, "spec", "template", "spec", "containers");
  const named = (Array.isArray(containers) ? containers : [])
    .flatMap((container: Json) => argumentsOf(container))
    .flatMap((argument) => NAME_FLAG.exec(argument)?.[1] ?? []);
  const known = KNOWN_NAMES[workload.metadata.labels?.[LABEL.provider] ?? ""];
  return new Set(known === undefined ? named : [...named, known]);
}

/** `--flag value` becomes `--flag=value`. */
function argumentsOf(container: Json): readonly string[] {
  const words = ["command", "args"].flatMap((field) => {
    const list = fieldAt(container, field);
    return Array.isArray(list) ? list.map(String) : [];
  });
  return words.map((word, index) =>
    word.includes("=") ? word : `${word}=${words[index + 1] ?? ""}`,
  );
}

/** Pods that were seen: controller-runtime's identity is `<host name>_<uuid>`, and a pod's host name is its name. */
export function isHeldBy(lease: KubeObject, pods: ReadonlySet<string>): boolean {
  const holder = stringAt(lease, "spec", "holderIdentity") ?? "";
  return pods.has(holder.slice(0, Math.max(0, holder.lastIndexOf("_")))) || pods.has(holder);
}

/**
 * A leader renews at least this often: client-go retries every 2 of 15 seconds by default, OpenShift's programs every 26
 * of 137.
 */
const RENEWALS_PER_DURATION = 3;
const DEFAULT_DURATION_SECONDS = 15;

interface Sighting {
  readonly renewTime: string;
  /** When it was first seen to be so, monotonic. */
  readonly since: number;
}

/** Remembers when leases were last seen to change: clocks of others are not compared with ours. */
export class LeaseWatch {
  readonly #seen = new Map<string, Sighting>();

  /** Given the leases as they are now: those that may still be renewed. One without a holder was released. */
  observe(leases: readonly KubeObject[], now: number): readonly KubeObject[] {
    return leases.filter((lease) => {
      if (stringAt(lease, "spec", "holderIdentity") === undefined) return false;
      const renewTime = stringAt(lease, "spec", "renewTime") ?? "";
      const before = this.#seen.get(lease.metadata.uid);
      const since = before?.renewTime === renewTime ? before.since : now;
      this.#seen.set(lease.metadata.uid, { renewTime, since });
      return now - since < quietMs(lease);
    });
  }
}

function quietMs(lease: KubeObject): number {
  const seconds = numberOf(fieldAt(lease, "spec", "leaseDurationSeconds"));
  return ((seconds ?? DEFAULT_DURATION_SECONDS) * 1000) / RENEWALS_PER_DURATION;
}
