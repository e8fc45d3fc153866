// What a server says about its kinds: enough to list, read, create and delete objects of any of them.

/** One kind of one cluster. `version` is the version that we speak; a plan may pick another of `versions`. */
export interface ResourceKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Served versions, the server's preferred one first. */
  readonly versions: readonly string[];
  /** The version used in requests. */
  readonly version: string;
  readonly verbs: readonly string[];
  /** Has a `status` subresource at `version`. */
  readonly hasStatus: boolean;
  /** Present when a CustomResourceDefinition defines the kind. */
  readonly crd?: CrdFacts;
}

/** What a CustomResourceDefinition adds to discovery. */
export interface CrdFacts {
  readonly name: string;
  readonly storageVersion: string;
  /** `status.storedVersions`. */
  readonly storedVersions: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly hasConversionWebhook: boolean;
  /** Who converts; absent without a conversion webhook. */
  readonly conversion?: WebhookClient;
  /** Versions whose schema has the status subresource. */
  readonly statusVersions: readonly string[];
}

/** Whom the API server calls. */
export interface WebhookClient {
  /** `ns/name` of a Service. */
  readonly service?: string;
  readonly url?: string;
}
