// All that a test cluster has stored, kept up to date by a watch of etcd: looking costs nothing, and nobody has to poll.
import type { EtcdStore, StoredEntry, StoreEvent } from "./etcd-store.ts";

export type Listener = (events: readonly StoreEvent[]) => void;

export class StoreMirror {
  readonly #store: EtcdStore;
  readonly #entries: Map<string, StoredEntry>;
  readonly #listeners = new Set<Listener>();
  readonly #over = new AbortController();
  #revision: number;
  #grown = Promise.withResolvers<void>();
  #failure: unknown;

  private constructor(store: EtcdStore, entries: readonly StoredEntry[], revision: number) {
    this.#store = store;
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
    this.#revision = revision;
  }

  static async start(store: EtcdStore): Promise<StoreMirror> {
    // What is written while it is read comes by the watch again.
    const revision = await store.revision();
    const mirror = new StoreMirror(store, await store.entries(), revision);
    void mirror.#follow(revision + 1);
    return mirror;
  }

  /** By key; changes as the cluster does. */
  get entries(): ReadonlyMap<string, StoredEntry> {
    return this.#entries;
  }

  /** Called with what changes, until the function it returns is called. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when it shows all that is stored by now; to the revision of that. */
  async caughtUp(): Promise<number> {
    const wanted = await this.#store.revision();
    while (this.#revision < wanted) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#grown.promise;
    }
    return wanted;
  }

  stop(): void {
    this.#over.abort();
  }

  /** Never fails: whoever waits is told. */
  async #follow(from: number): Promise<void> {
    try {
      for await (const { revision, events } of this.#store.watch(from, this.#over.signal)) {
        for (const event of events) this.#apply(event);
        this.#revision = Math.max(this.#revision, revision);
        for (const listener of this.#listeners) listener(events);
        this.#tell();
      }
    } catch (error) {
      this.#failure = error;
      this.#tell();
    }
  }

  #tell(): void {
    this.#grown.resolve();
    this.#grown = Promise.withResolvers();
  }

  #apply({ key, entry }: StoreEvent): void {
    if (entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, entry);
  }
}
