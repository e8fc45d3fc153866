// What a test cluster has stored, read and written past its API server, as another API server on the same etcd would:
// watches tell all others of it. Through etcd's JSON gateway; keys and values are bytes in latin1 strings.

/** Every key of an API server begins with it. */
const ROOT = "/registry/";
/** What an answer may hold; the gateway refuses more than 4 MiB of messages in some versions. */
const PAGE = 200;

export interface StoredKey {
  readonly key: string;
  /** The revision in which it came to be; another one says that it was deleted in between. */
  readonly created: number;
  /** The revision of its last change. */
  readonly modified: number;
}

export interface StoredEntry extends StoredKey {
  readonly value: string;
}

export interface StoreChange {
  readonly puts: readonly (readonly [key: string, value: string])[];
  readonly deletes: readonly string[];
}

interface RawEntry {
  readonly key: string;
  readonly value?: string;
  readonly create_revision: string;
  readonly mod_revision: string;
}

interface RangeAnswer {
  readonly kvs?: readonly RawEntry[];
  readonly more?: boolean;
}

export class EtcdStore {
  readonly #url: string;

  constructor(cluster: { readonly facts: { readonly etcdUrl: string } }) {
    this.#url = cluster.facts.etcdUrl;
  }

  /** All keys, or those below a prefix such as `/registry/secrets/`; cheap. */
  async keys(prefix = ROOT): Promise<readonly StoredKey[]> {
    const { kvs = [] } = await this.#range(prefix, endOf(prefix), { keys_only: true });
    return kvs.map(keyOf);
  }

  async entries(prefix = ROOT): Promise<readonly StoredEntry[]> {
    const found: StoredEntry[] = [];
    let from = prefix;
    for (;;) {
      const { kvs = [], more = false } = await this.#range(from, endOf(prefix), { limit: PAGE });
      found.push(...kvs.map((one) => ({ ...keyOf(one), value: decoded(one.value ?? "") })));
      const last = found.at(-1);
      if (!more || last === undefined) return found;
      from = `${last.key}\0`;
    }
  }

  /** All of it or nothing, in one revision; resolves to that revision. */
  async write({ puts, deletes }: StoreChange): Promise<number> {
    const success = [
      ...deletes.map((key) => ({ requestDeleteRange: { key: encoded(key) } })),
      ...puts.map(([key, value]) => ({
        requestPut: { key: encoded(key), value: encoded(value) },
      })),
    ];
    const answer = (await this.#ask("txn", { success })) as {
      readonly header: { readonly revision: string };
    };
    return Number(answer.header.revision);
  }

  #range(from: string, to: string, options: object): Promise<RangeAnswer> {
    const range = { key: encoded(from), range_end: encoded(to) };
    return this.#ask("range", { ...range, ...options }) as Promise<RangeAnswer>;
  }

  async #ask(what: string, body: object): Promise<unknown> {
    const response = await fetch(`${this.#url}/v3/kv/${what}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`etcd ${what}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

function keyOf({ key, create_revision, mod_revision }: RawEntry): StoredKey {
  return {
    key: decoded(key),
    created: Number(create_revision),
    modified: Number(mod_revision),
  };
}

function encoded(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("base64");
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}

/** The first key that does not begin with the prefix. */
function endOf(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
