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

/** A key was written, or deleted when it has no entry. */
export interface StoreEvent {
  readonly key: string;
  readonly entry: StoredEntry | undefined;
  readonly revision: number;
}

interface RawEntry {
  readonly key: string;
  readonly value?: string;
  readonly create_revision: string;
  readonly mod_revision: string;
}

interface Header {
  readonly revision: string;
}

interface WatchAnswer {
  readonly result?: {
    readonly header: Header;
    readonly canceled?: boolean;
    readonly events?: readonly { readonly type?: "DELETE"; readonly kv: RawEntry }[];
  };
}

interface RangeAnswer {
  readonly header: Header;
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
      found.push(...kvs.map(entryOf));
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
    const answer = (await this.#ask("txn", { success })) as { readonly header: Header };
    return Number(answer.header.revision);
  }

  /** Of the last change of anything. */
  async revision(): Promise<number> {
    const { header } = await this.#range(ROOT, endOf(ROOT), { count_only: true });
    return Number(header.revision);
  }

  /** Every change from a revision on, until it is aborted; also of keys that are no API server's. */
  async *watch(
    from: number,
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly revision: number; readonly events: readonly StoreEvent[] }> {
    const all = encoded("\0");
    const create_request = { key: all, range_end: all, start_revision: String(from) };
    const response = await fetch(`${this.#url}/v3/watch`, {
      method: "POST",
      body: JSON.stringify({ create_request }),
      signal,
    });
    try {
      for await (const line of linesOf(response)) {
        const { result } = JSON.parse(line) as WatchAnswer;
        if (result === undefined || result.canceled === true) throw new Error(`etcd: ${line}`);
        const events = (result.events ?? []).map(eventOf);
        const revision = events.at(-1)?.revision ?? 0;
        yield { revision, events };
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
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

function entryOf(raw: RawEntry): StoredEntry {
  return { ...keyOf(raw), value: decoded(raw.value ?? "") };
}

function eventOf({ type, kv }: { readonly type?: "DELETE"; readonly kv: RawEntry }): StoreEvent {
  const entry = type === "DELETE" ? undefined : entryOf(kv);
  return { key: decoded(kv.key), entry, revision: Number(kv.mod_revision) };
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
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
