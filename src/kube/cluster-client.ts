// The verbs of the Kubernetes API over one session: implements the interfaces that every layer above speaks.
import type {
  Address,
  ClusterClient,
  DeletePreconditions,
  ListOptions,
  PatchType,
  WriteOptions,
} from "../model/client.ts";
import { type ClusterName, KubeApiError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { fieldAt, type Json, type KubeObject, stringAt } from "../model/object.ts";
import type { ApiRequest, ApiSession, View, WriteGate } from "./api-session.ts";
import { stringifyJson } from "./json.ts";
import { stamped } from "./list-items.ts";
import { isStored } from "./merge-patch.ts";
import { resourcePath } from "./paths.ts";

/** `retryConflict`: a 409 is contention on the server's side, not a precondition of the caller's. */
export interface RetryableWriteOptions extends WriteOptions {
  readonly retryConflict?: boolean;
}

/** The client of an open cluster; views made from it share its connections and credentials. */
export interface OpenCluster extends ClusterClient {
  /**
   * Asks `gate` before every attempt of every write that is no dry run. Urgent requests do not queue behind others, which
   * may be waiting at a gate of their own for what these bring.
   */
  withWriteGate(gate: WriteGate, options?: { readonly isUrgent?: boolean }): OpenCluster;
  /** Waits for a cluster that was there and does not answer any more: see ConnectionOptions.network. */
  withPatience(): OpenCluster;
  /** Another signal ends the requests of this view; undefined: none does (a rollback after an interrupt). */
  withSignal(signal: AbortSignal | undefined): OpenCluster;
  /** Closes idle connections. */
  close(): void;
}

const FIELD_MANAGER = "kubectl-capi-pivot";
const PAGE_SIZE = 500;
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
const JSON_TYPE = "application/json";
/** Servers that cannot leave the rest out answer with all of it. */
const METADATA_ANSWER = `application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,${JSON_TYPE}`;

const PATCH_CONTENT_TYPE: Readonly<Record<PatchType, string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
};

/** Speaks to one cluster. */
export class KubeClient implements OpenCluster {
  readonly name: ClusterName;
  readonly server: string;
  readonly context: string;
  readonly #session: ApiSession;
  readonly #view: View;

  constructor(session: ApiSession, view: View) {
    this.name = session.peer.name;
    this.server = session.peer.server;
    this.context = session.peer.context;
    this.#session = session;
    this.#view = view;
  }

  withWriteGate(
    gate: WriteGate,
    { isUrgent = false }: { readonly isUrgent?: boolean } = {},
  ): OpenCluster {
    return new KubeClient(this.#session, { ...this.#view, gate, isUrgent });
  }

  withPatience(): OpenCluster {
    return new KubeClient(this.#session, { ...this.#view, isPatient: true });
  }

  withSignal(signal: AbortSignal | undefined): OpenCluster {
    return new KubeClient(this.#session, { ...this.#view, signal });
  }

  close(): void {
    this.#session.close();
  }

  getRaw(path: string, accept?: string): Promise<unknown> {
    return this.#send({ method: "GET", path, ...(accept === undefined ? {} : { accept }) });
  }

  async get(kind: ResourceKind, address: Address): Promise<KubeObject> {
    return (await this.#send({ method: "GET", path: resourcePath(kind, address) })) as KubeObject;
  }

  /** A list whose continue token expired is read again, in one piece: that cannot expire. */
  async list(kind: ResourceKind, options: ListOptions = {}): Promise<readonly KubeObject[]> {
    try {
      return await this.#pages(kind, options);
    } catch (error) {
      if (!(error instanceof KubeApiError && error.status === 410)) throw error;
      const whole = await this.#page(kind, options, {});
      return stamped(kind, whole);
    }
  }

  /** A watch that the server ends by itself: it has sent everything that it knows of at once. */
  async deletedState(
    kind: ResourceKind,
    { namespace, name }: Address,
    resourceVersion: string,
  ): Promise<KubeObject | undefined> {
    const query = {
      watch: "true",
      // By name and by nothing that may change: for a watch, what fits no more is deleted too.
      fieldSelector: `metadata.name=${name}`,
      resourceVersion,
      timeoutSeconds: "1",
    };
    const path = resourcePath(kind, { namespace, query });
    const events = (await this.#send({ method: "GET", path, lines: true })) as readonly Json[];
    const deleted = events.find((event) => fieldAt(event, "type") === "DELETED");
    return fieldAt(deleted, "object") as KubeObject | undefined;
  }

  async create(
    kind: ResourceKind,
    body: object,
    options: RetryableWriteOptions = {},
  ): Promise<KubeObject> {
    const namespace = stringAt(body, "metadata", "namespace");
    const name = options.subresource === undefined ? undefined : stringAt(body, "metadata", "name");
    const path = this.#writePath(kind, { namespace, name }, options);
    return this.#write({ method: "POST", path, ...json(body) }, options);
  }

  /** A merge patch that conflicts with its own first attempt, whose answer was lost, has been stored: that is found out. */
  async patch(
    kind: ResourceKind,
    address: Address,
    type: PatchType,
    body: object,
    options: RetryableWriteOptions = {},
  ): Promise<KubeObject> {
    const path = this.#writePath(kind, address, options);
    const contentType = PATCH_CONTENT_TYPE[type];
    const request = { method: "PATCH", path, body: stringifyJson(body), contentType } as const;
    try {
      return await this.#write(request, options);
    } catch (error) {
      if (type !== "merge" || !isConflictOfRepeat(error)) throw error;
      const { subresource } = options;
      const found = await this.#send({
        method: "GET",
        path: resourcePath(kind, { ...address, subresource }),
      });
      if (!isStored(body, found)) throw error;
      return found as KubeObject;
    }
  }

  async replace(
    kind: ResourceKind,
    address: Address,
    body: object,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const path = this.#writePath(kind, address, options);
    return this.#write({ method: "PUT", path, ...json(body) }, options);
  }

  /** A kind that waits for nothing answers with a Status, one with finalizers with the object in deletion. */
  async delete(
    kind: ResourceKind,
    address: Address,
    preconditions: DeletePreconditions,
    options: WriteOptions = {},
  ): Promise<KubeObject | undefined> {
    const dryRun = options.dryRun ? ["All"] : undefined;
    const deletion = {
      kind: "DeleteOptions",
      apiVersion: "v1",
      propagationPolicy: "Background",
      preconditions,
      ...(dryRun === undefined ? {} : { dryRun }),
    };
    const path = resourcePath(kind, { ...address, subresource: options.subresource });
    const answer = await this.#write({ method: "DELETE", path, ...json(deletion) }, options);
    return stringAt(answer, "metadata", "deletionTimestamp") === undefined ? undefined : answer;
  }

  async #pages(kind: ResourceKind, options: ListOptions): Promise<readonly KubeObject[]> {
    const objects: KubeObject[] = [];
    let token: string | undefined;
    do {
      const page = await this.#page(kind, options, { limit: String(PAGE_SIZE), continue: token });
      objects.push(...stamped(kind, page));
      token = stringAt(page, "metadata", "continue");
    } while (token !== undefined);
    return objects;
  }

  #page(
    kind: ResourceKind,
    options: ListOptions,
    paging: Readonly<Record<string, string | undefined>>,
  ): Promise<Json> {
    const query = { labelSelector: options.labelSelector, ...paging };
    const path = resourcePath(kind, { namespace: options.namespace, query });
    return this.#send({
      method: "GET",
      path,
      ...(options.metadataOnly ? { accept: METADATA_ONLY } : {}),
    });
  }

  #writePath(
    kind: ResourceKind,
    where: { readonly namespace?: string | undefined; readonly name?: string | undefined },
    options: WriteOptions,
  ): string {
    const query = {
      fieldManager: FIELD_MANAGER,
      // A field that this server does not know must not fail the write; the comparison finds what was dropped.
      fieldValidation: "Ignore",
      dryRun: options.dryRun ? "All" : undefined,
    };
    return resourcePath(kind, { ...where, subresource: options.subresource, query });
  }

  async #write(request: ApiRequest, options: RetryableWriteOptions): Promise<KubeObject> {
    const { dryRun = false, retryConflict = false, metadataOnly = false } = options;
    const accept = metadataOnly ? { accept: METADATA_ANSWER } : {};
    return (await this.#send({ ...request, ...accept, dryRun, retryConflict })) as KubeObject;
  }

  #send(request: ApiRequest): Promise<Json> {
    return this.#session.send(request, this.#view);
  }
}

function isConflictOfRepeat(error: unknown): boolean {
  return error instanceof KubeApiError && error.reason === "Conflict" && error.isRepeat;
}

function json(body: object): { readonly body: string; readonly contentType: string } {
  return { body: stringifyJson(body), contentType: JSON_TYPE };
}
