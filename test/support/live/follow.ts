// Keeps up with a collection of a cluster: a list, then a watch, and again after every loss, as informers do.
import type { Json, ObjectMeta } from "../../../src/model/object.ts";
import type { ApiSession } from "../testbed/api-session.ts";

/** An object as a list or a watch shows it. */
export interface Watched {
  readonly metadata: ObjectMeta;
  readonly [field: string]: Json;
}

export interface FollowOptions {
  /** Of the collection: `/api/v1/pods`, perhaps with a selector. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** A new object, or a new version of one. */
  onPresent?(object: Watched): void;
  /** Its last known version. An object that was replaced meanwhile is gone first. */
  onGone?(object: Watched): void;
}

/** What is known of a collection right now. */
export interface Followed {
  get(namespace: string | undefined, name: string): Watched | undefined;
  all(): readonly Watched[];
}

const RETRY_MS = 300;

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Watched[] | null;
}

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: Watched;
}

/** Follows until the signal; a kind that does not exist (yet) is an empty collection. */
export function follow(session: ApiSession, options: FollowOptions): Followed {
  const collection = new Collection(options);
  void keepUp(session, options, collection);
  return collection;
}

async function keepUp(
  session: ApiSession,
  { path, signal }: FollowOptions,
  collection: Collection,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const resourceVersion = await list(session, path, signal, collection);
      if (resourceVersion !== undefined) {
        const query = `watch=true&resourceVersion=${resourceVersion}`;
        const watched = `${path}${path.includes("?") ? "&" : "?"}${query}`;
        await watch(session, watched, { signal, collection });
      }
    } catch {
      // The server is away, or cut the watch: list again.
    }
    if (!signal.aborted) await Bun.sleep(RETRY_MS);
  }
}

async function list(
  session: ApiSession,
  path: string,
  signal: AbortSignal,
  collection: Collection,
): Promise<string | undefined> {
  const answer = await session(path, { signal });
  if (answer.status !== 200 && answer.status !== 404) throw new Error(String(answer.status));
  if (answer.status === 404) {
    await answer.text();
    collection.replace([]);
    return undefined;
  }
  const { metadata, items } = (await answer.json()) as List;
  collection.replace(items ?? []);
  return metadata.resourceVersion;
}

interface WatchInput {
  readonly signal: AbortSignal;
  readonly collection: Collection;
}

async function watch(
  session: ApiSession,
  path: string,
  { signal, collection }: WatchInput,
): Promise<void> {
  const answer = await session(path, { signal });
  if (answer.status !== 200 || answer.body === null) return;
  for await (const line of linesOf(answer.body)) {
    const { type, object } = JSON.parse(line) as WatchEvent;
    if (type === "ERROR") return;
    if (type === "DELETED") collection.remove(object);
    else if (type !== "BOOKMARK") collection.put(object);
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}

class Collection implements Followed {
  readonly #objects = new Map<string, Watched>();
  readonly #options: Pick<FollowOptions, "onPresent" | "onGone">;

  constructor(options: Pick<FollowOptions, "onPresent" | "onGone">) {
    this.#options = options;
  }

  get(namespace: string | undefined, name: string): Watched | undefined {
    return this.#objects.get(keyOf(namespace, name));
  }

  all(): readonly Watched[] {
    return [...this.#objects.values()];
  }

  put(object: Watched): void {
    const { namespace, name, uid, resourceVersion } = object.metadata;
    const key = keyOf(namespace, name);
    const known = this.#objects.get(key);
    if (known?.metadata.resourceVersion === resourceVersion) return;
    if (known !== undefined && known.metadata.uid !== uid) this.#options.onGone?.(known);
    this.#objects.set(key, object);
    this.#options.onPresent?.(object);
  }

  remove(object: Watched): void {
    const { namespace, name } = object.metadata;
    if (this.#objects.delete(keyOf(namespace, name))) this.#options.onGone?.(object);
  }

  replace(objects: readonly Watched[]): void {
    const present = new Set(
      objects.map(({ metadata }) => keyOf(metadata.namespace, metadata.name)),
    );
    for (const [key, object] of this.#objects) if (!present.has(key)) this.remove(object);
    for (const object of objects) this.put(object);
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}
