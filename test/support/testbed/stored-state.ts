// A cluster put back to a state that it had, in milliseconds and while its servers run: etcd is given the old bytes, and
// everybody learns of it by watching. What was deleted in between comes back as a new object: under its old uid the
// garbage collector would remember it as gone, and take what it owns.
import { randomUUID } from "node:crypto";
import type { EtcdStore, StoredEntry, StoredKey } from "./etcd-store.ts";

/** Renewed or swept by the servers themselves: left as they are, and no change. */
const RESTLESS = [
  "/registry/events/",
  "/registry/leases/kube-system/",
  "/registry/masterleases/",
  "/registry/peerserverleases/",
  "/registry/apiregistration.k8s.io/apiservices/",
];

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Keys that `restore` has written to. */
export interface Restored {
  readonly written: readonly string[];
  readonly deleted: readonly string[];
}

export class StoredState {
  readonly #store: EtcdStore;
  readonly #entries: Map<string, StoredEntry>;
  /** Keys of entries in which a uid stands. */
  readonly #mentions: Map<string, readonly string[]>;
  readonly #uids = new Map<string, string>();

  private constructor(store: EtcdStore, entries: readonly StoredEntry[]) {
    this.#store = store;
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
    const mentions = new Map<string, string[]>();
    for (const { key, value } of entries) {
      for (const uid of new Set(value.match(UID))) {
        mentions.set(uid, [...(mentions.get(uid) ?? []), key]);
      }
    }
    this.#mentions = mentions;
  }

  /** Remembers everything that is stored by now. */
  static async capture(store: EtcdStore): Promise<StoredState> {
    return new StoredState(store, (await store.entries()).filter(isSettled));
  }

  get keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Whatever is called by one of these uids now: captured uid -> uid since the last `restore`. */
  get uids(): ReadonlyMap<string, string> {
    return this.#uids;
  }

  /** Keys that were made, changed or deleted since. */
  async changedKeys(): Promise<readonly string[]> {
    const { now, missing } = await this.#compare();
    const isChanged = ({ key, modified }: StoredKey): boolean =>
      this.#entries.get(key)?.modified !== modified;
    return [...now.filter(isChanged).map(({ key }) => key), ...missing];
  }

  /** Puts everything back in one revision. */
  async restore(): Promise<Restored> {
    const { now, missing } = await this.#compare();
    const deletes = now.filter(({ key }) => !this.#entries.has(key)).map(({ key }) => key);
    const known = now.filter(({ key }) => this.#entries.has(key));
    const isNew = ({ key, created }: StoredKey): boolean =>
      this.#entries.get(key)?.created !== created;
    const gone = new Set([...missing, ...known.filter(isNew).map(({ key }) => key)]);
    const changed = new Set([...gone, ...this.#renameOwners(gone)]);
    for (const { key, modified } of known) {
      if (this.#entries.get(key)?.modified !== modified) changed.add(key);
    }
    const written = [...changed];
    if (written.length + deletes.length === 0) return { written, deleted: deletes };
    const puts = written.map((key) => [key, this.#entries.get(key)?.value ?? ""] as const);
    const modified = await this.#store.write({ puts, deletes });
    for (const key of changed) this.#settle(key, gone.has(key), modified);
    return { written, deleted: deletes };
  }

  /** What is stored now, and the captured keys that are not. */
  async #compare(): Promise<{
    readonly now: readonly StoredKey[];
    readonly missing: readonly string[];
  }> {
    const now = (await this.#store.keys()).filter(isSettled);
    const there = new Set(now.map(({ key }) => key));
    return { now, missing: [...this.#entries.keys()].filter((key) => !there.has(key)) };
  }

  /** Gives these objects new uids, wherever they are mentioned; the entries that change by that. */
  #renameOwners(gone: ReadonlySet<string>): readonly string[] {
    return [...gone].flatMap((key) => {
      const entry = this.#entries.get(key);
      const uid = entry === undefined ? undefined : ownUidOf(entry);
      return uid === undefined ? [] : this.#rename(uid, randomUUID());
    });
  }

  #rename(uid: string, next: string): readonly string[] {
    const original = [...this.#uids].find(([, current]) => current === uid)?.[0] ?? uid;
    this.#uids.set(original, next);
    const mentions = this.#mentions.get(uid) ?? [];
    this.#mentions.delete(uid);
    this.#mentions.set(next, mentions);
    for (const key of mentions) {
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      this.#entries.set(key, { ...entry, value: entry.value.replaceAll(uid, next) });
    }
    return mentions;
  }

  #settle(key: string, isNew: boolean, modified: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.set(key, { ...entry, modified, created: isNew ? modified : entry.created });
  }
}

/** Does nobody but its writers change it? */
export function isSettled({ key }: Pick<StoredKey, "key">): boolean {
  return !RESTLESS.some((prefix) => key.startsWith(prefix));
}

/** In JSON by its name; in protobuf metadata it comes before any other uid, since owners follow it. */
function ownUidOf({ value }: StoredEntry): string | undefined {
  if (!value.startsWith("{")) return value.match(UID)?.[0];
  const { metadata } = JSON.parse(Buffer.from(value, "latin1").toString()) as {
    readonly metadata?: { readonly uid?: string };
  };
  return metadata?.uid;
}
