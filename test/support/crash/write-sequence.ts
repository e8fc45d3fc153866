// All writes of a run to both clusters in one sequence, as the proxies see them arrive; and the one at which the run is
// to die. Renewals of the lock do not count: how many there are depends on the time.
import { OUR_NAMESPACE } from "../../../src/model/capi.ts";
import type { ClusterName } from "../../../src/model/error.ts";
import { stringAt } from "../../../src/model/object.ts";
import type { ArrivedRequest, WriteCounter } from "../proxy/fault-rules.ts";

/** A write, and which of its sort. */
export interface CountedWrite {
  /** From 1. */
  readonly number: number;
  /** `target.POST.machines`, `target.PATCH.machines/status`: what is written how to which cluster. */
  readonly sort: string;
  /** Which of its sort, from 1. */
  readonly occurrence: number;
  /** `ns1/m1`. */
  readonly object: string;
  /** As `Date.now()`. */
  readonly arrivedAt: number;
}

/** The n-th write, or the n-th of its sort: where many requests are under way, the order of writes is not always the same. */
export type WriteSelector =
  | { readonly number: number }
  | { readonly sort: string; readonly occurrence: number };

type Write = Omit<ArrivedRequest, "writeNumber">;

export class WriteSequence {
  readonly writes: CountedWrite[] = [];
  readonly #counts = new Map<string, number>();
  /** Where the process began for which the selection is. */
  #before = 0;
  #selector: WriteSelector | undefined;
  #chosen: CountedWrite | undefined;

  /** For the proxy in front of this cluster. */
  of(cluster: ClusterName): WriteCounter {
    return { next: (write) => this.#next(cluster, write), reset: () => undefined };
  }

  /** Starts to count anew. */
  begin(): void {
    this.writes.length = 0;
    this.#counts.clear();
    this.select(undefined);
  }

  /** Choose this write when it comes. Its number counts from here; which of its sort it is, from the beginning. */
  select(selector: WriteSelector | undefined): void {
    this.#before = this.writes.length;
    this.#selector = selector;
    this.#chosen = undefined;
  }

  /** The write that was selected, once it has arrived. */
  get chosen(): CountedWrite | undefined {
    return this.#chosen;
  }

  #next(cluster: ClusterName, write: Write): number | undefined {
    const target = targetOf(write);
    const { resource, namespace, name } = target;
    if (isRenewal(write, resource, namespace)) return undefined;
    const sort = `${cluster}.${sortOf(write, target)}`;
    const occurrence = (this.#counts.get(sort) ?? 0) + 1;
    this.#counts.set(sort, occurrence);
    const number = this.writes.length + 1;
    const object = namespace === undefined ? name : `${namespace}/${name}`;
    const counted = { number, sort, occurrence, object, arrivedAt: Date.now() };
    this.writes.push(counted);
    if (this.#chosen === undefined && this.#isSelected(counted)) this.#chosen = counted;
    return number;
  }

  #isSelected({ number, sort, occurrence }: CountedWrite): boolean {
    const selector = this.#selector;
    if (selector === undefined) return false;
    if ("number" in selector) return selector.number === number - this.#before;
    // Not that one exactly: whoever takes a run up may have to write less.
    return selector.sort === sort && selector.occurrence <= occurrence;
  }
}

interface Target {
  /** With its subresource: `machines/status`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** A record is written over and over: `configmaps=committed` says in which phase. */
function sortOf(write: Write, { resource, namespace }: Target): string {
  if (resource !== "configmaps" || namespace !== OUR_NAMESPACE || write.body.length === 0) {
    return `${write.method}.${resource}`;
  }
  const phase = stringAt(JSON.parse(write.body.toString()), "data", "phase");
  return `${write.method}.${resource}${phase === undefined ? "" : `=${phase}`}`;
}

/** `/apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME/SUBRESOURCE`; what is created is named in the body. */
function targetOf({ method, path, body }: Write): Target {
  const parts = path.split("/").slice(path.startsWith("/api/") ? 3 : 4);
  const isNamespaced = parts[0] === "namespaces" && parts.length > 2;
  const [resource = "", name = "", subresource] = isNamespaced ? parts.slice(2) : parts;
  return {
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace: isNamespaced ? parts[1] : undefined,
    name: method === "POST" && name === "" ? nameIn(body) : name,
  };
}

function nameIn(body: Buffer): string {
  return stringAt(JSON.parse(body.toString()), "metadata", "name") ?? "";
}

function isRenewal({ method }: Write, resource: string, namespace: string | undefined): boolean {
  const isLock = resource === "leases" && namespace === OUR_NAMESPACE;
  return isLock && (method === "PATCH" || method === "PUT");
}
