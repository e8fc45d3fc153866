// What the stages ask of a cluster. Implemented once, in kube/; an interface so that every layer above names no socket.
import type { ClusterName } from "./error.ts";
import type { ResourceKind } from "./kinds.ts";
import type { KubeObject } from "./object.ts";

export type PatchType = "merge" | "json";

export interface WriteOptions {
  /** `dryRun=All`: the server does everything but store. */
  readonly dryRun?: boolean;
  /** `status`, `scale`. */
  readonly subresource?: string;
  /** Of the answer only the metadata is wanted: all else of it is undefined, or nobody's business. */
  readonly metadataOnly?: boolean;
}

export interface DeletePreconditions {
  readonly uid: string;
  readonly resourceVersion?: string;
}

export interface ListOptions {
  /** Default: every namespace. */
  readonly namespace?: string;
  /** `PartialObjectMetadata` only. Items still get the kind's own apiVersion and kind. */
  readonly metadataOnly?: boolean;
  readonly labelSelector?: string;
}

/** The coordinates of one object. */
export interface Address {
  readonly namespace?: string;
  readonly name: string;
}

/** Reads. Every method throws KubeApiError for an answer that is no success and PivotError when there is none. */
export interface ClusterReader {
  readonly name: ClusterName;
  /** Host and port, for messages. */
  readonly server: string;
  readonly context: string;
  /** Any JSON path, e.g. `/version`; `accept` overrides the Accept header. */
  getRaw(path: string, accept?: string): Promise<unknown>;
  get(kind: ResourceKind, address: Address): Promise<KubeObject>;
  /** All pages, in server order, stamped with apiVersion and kind of `kind`. */
  list(kind: ResourceKind, options?: ListOptions): Promise<readonly KubeObject[]>;
  /**
   * How an object was when it was deleted, if it was after `resourceVersion`; takes a second. Undefined when it was not,
   * or when the server does not remember that far back.
   */
  deletedState(
    kind: ResourceKind,
    address: Address,
    resourceVersion: string,
  ): Promise<KubeObject | undefined>;
}

/** Writes. Retried where a repeat is harmless: see kube/backoff.ts. */
export interface ClusterWriter {
  create(kind: ResourceKind, body: object, options?: WriteOptions): Promise<KubeObject>;
  /** `merge` takes an object, `json` an array of operations. */
  patch(
    kind: ResourceKind,
    address: Address,
    type: PatchType,
    body: object,
    options?: WriteOptions,
  ): Promise<KubeObject>;
  /** PUT, always with the resourceVersion in the body. */
  replace(
    kind: ResourceKind,
    address: Address,
    body: object,
    options?: WriteOptions,
  ): Promise<KubeObject>;
  /** Background propagation. Resolves to undefined when gone at once, else the object now in deletion. */
  delete(
    kind: ResourceKind,
    address: Address,
    preconditions: DeletePreconditions,
    options?: WriteOptions,
  ): Promise<KubeObject | undefined>;
}

export interface ClusterClient extends ClusterReader, ClusterWriter {}

/** Asks what would come of a write: the server does everything but store. Throws KubeApiError with its refusal. */
export interface ClusterAsker {
  readonly name: ClusterName;
  readonly context: string;
  tryCreate(kind: ResourceKind, body: object): Promise<void>;
  /** A merge patch. */
  tryPatch(kind: ResourceKind, address: Address, body: object): Promise<void>;
  tryDelete(
    kind: ResourceKind,
    address: Address,
    preconditions: DeletePreconditions,
  ): Promise<void>;
  /** The answer to a question that is asked by creating something that is never stored: an access review. */
  review(kind: ResourceKind, question: object): Promise<KubeObject>;
}

/** Time as an argument, so that waits can be tested. Milliseconds. */
export interface Clock {
  /** Wall clock. */
  now(): number;
  /** Never goes back, and counts while the machine sleeps as the platform lets it. */
  monotonic(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
