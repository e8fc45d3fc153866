// A cluster whose start is known: it can be put back to it, and compared with it, by looking only at what has changed.
import type { ResourceKind } from "../../../src/model/kinds.ts";
import { type KubeObject, kindKey } from "../../../src/model/object.ts";
import type { FleetApi } from "../fleet/fleet-api.ts";
import { EtcdStore } from "../testbed/etcd-store.ts";
import { isSettled, StoredState } from "../testbed/stored-state.ts";
import { keyOf } from "./as-it-was.ts";
import { collectionPath, kindsOf, readKinds, untilServed } from "./read-cluster.ts";

/** What `KnownCluster` needs of a test cluster. */
export interface StoredCluster {
  readonly name: string;
  readonly api: FleetApi;
  readonly facts: { readonly etcdUrl: string };
}

export class KnownCluster {
  readonly name: string;
  readonly api: FleetApi;
  readonly store: EtcdStore;
  readonly #state: StoredState;
  /** Of the start, by kind. */
  readonly #objects: ReadonlyMap<string, readonly KubeObject[]>;
  /** Every kind that was ever served here, by plural and group. */
  readonly #kinds: Map<string, ResourceKind>;

  private constructor(cluster: StoredCluster, start: Start) {
    this.name = cluster.name;
    this.api = cluster.api;
    this.store = start.store;
    this.#state = start.state;
    this.#kinds = new Map(start.kinds.map((kind) => [directoryOf(kind), kind]));
    this.#objects = Map.groupBy(start.objects, (object) => kindKeyOf(object));
  }

  /** From now on this is its start. Nobody may write meanwhile. */
  static async learn(cluster: StoredCluster): Promise<KnownCluster> {
    const store = new EtcdStore(cluster);
    const kinds = await kindsOf(cluster.api);
    const objects = await readKinds(cluster.api, kinds);
    const state = await StoredState.capture(store);
    return new KnownCluster(cluster, { store, state, kinds, objects });
  }

  /** Puts it back to its start and waits until clients see it so. */
  async restore(): Promise<void> {
    const { written, deleted } = await this.#state.restore();
    await this.untilServes(written, deleted);
  }

  /** Waits until clients see the definitions among keys that were written past the API server, and none of the deleted. */
  async untilServes(written: readonly string[], deleted: readonly string[]): Promise<void> {
    const [come, gone] = [written, deleted].map(definitionsIn) as [string[], string[]];
    if (come.length + gone.length === 0) return;
    await untilServed(this.name, this.api, (served) => {
      return come.every((name) => served.has(name)) && !gone.some((name) => served.has(name));
    });
    // Established is not yet served.
    await readKinds(this.api, await Promise.all(come.map((name) => this.#kindIn(name))));
  }

  keysAtStart(): readonly string[] {
    return this.#state.keys;
  }

  /** Stored keys that were written to since the start. */
  changed(): Promise<readonly string[]> {
    return this.#state.changedKeys();
  }

  /** Objects of the start, and as they are now those of kinds of which any has changed. */
  async read(): Promise<{
    readonly changed: readonly KubeObject[];
    readonly changedKinds: ReadonlySet<string>;
  }> {
    const directories = new Set((await this.changed()).map(directoryOfKey));
    const kinds = await Promise.all([...directories].map((one) => this.#kindIn(one)));
    const changed = await readKinds(this.api, kinds);
    return { changed, changedKinds: new Set(kinds.map(kindKey)) };
  }

  /** As they were at the start, in the words of that time. */
  startObjects(): readonly KubeObject[] {
    return [...this.#objects.values()].flat();
  }

  /** What to call a uid of the start by the uid that stands for it now. */
  namesOfStart(): ReadonlyMap<string, string> {
    const names = new Map<string, string>();
    for (const [key, uid] of this.uidsAtStart()) names.set(uid, `uid of ${this.name}'s ${key}`);
    return names;
  }

  /** The uids that objects have had since the last `restore`, by their keys. */
  uidsAtStart(): ReadonlyMap<string, string> {
    const { uids } = this.#state;
    return new Map(
      this.startObjects().map((object) => {
        const { uid } = object.metadata;
        return [keyOf(object), uids.get(uid) ?? uid];
      }),
    );
  }

  /** API paths of everything that is in a namespace. */
  async pathsIn(namespace: string): Promise<readonly string[]> {
    const all = (await this.store.keys()).filter(isSettled);
    const keys = all.filter(({ key }) => key.split("/").at(-2) === namespace);
    const paths = keys.map(async ({ key }) => {
      const kind = await this.#kindIn(directoryOfKey(key));
      return `${collectionPath(kind, namespace)}/${key.split("/").at(-1)}`;
    });
    return Promise.all(paths);
  }

  async #kindIn(directory: string): Promise<ResourceKind> {
    const known = this.#kinds.get(directory);
    if (known !== undefined) return known;
    for (const kind of await kindsOf(this.api)) this.#kinds.set(directoryOf(kind), kind);
    const found = this.#kinds.get(directory);
    if (found === undefined) throw new Error(`nobody knows what is stored in ${directory}`);
    return found;
  }
}

function definitionsIn(keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => (key.startsWith(CRDS) ? [key.slice(CRDS.length)] : []));
}

const CRDS = "/registry/apiextensions.k8s.io/customresourcedefinitions/";

interface Start {
  readonly store: EtcdStore;
  readonly state: StoredState;
  readonly kinds: readonly ResourceKind[];
  readonly objects: readonly KubeObject[];
}

function kindKeyOf({ apiVersion, kind }: KubeObject): string {
  const slash = apiVersion.indexOf("/");
  return kindKey({ group: slash < 0 ? "" : apiVersion.slice(0, slash), kind });
}

/** `machines.cluster.x-k8s.io`; an API server stores built-in kinds without their group. */
function directoryOf({ plural, group, crd }: ResourceKind): string {
  return crd === undefined && !STORED_WITH_GROUP.has(group) ? plural : `${plural}.${group}`;
}

const STORED_WITH_GROUP = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);

/** `/registry/cluster.x-k8s.io/machines/ns1/m1`, `/registry/secrets/ns1/s1`. */
function directoryOfKey(key: string): string {
  const [, , first = "", second = ""] = key.split("/");
  return first.includes(".") ? `${second}.${first}` : (ALIASES[`${first}/${second}`] ?? first);
}

const ALIASES: Readonly<Record<string, string>> = {
  "services/specs": "services",
  "services/endpoints": "endpoints",
};
