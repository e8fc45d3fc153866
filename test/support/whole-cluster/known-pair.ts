// Source and target together: put back, and told in one form in which uids of either have names.
import { type ClusterForm, clusterForm, keyOf } from "./as-it-was.ts";
import type { Forms } from "./differences.ts";
import { KnownCluster, type StoredCluster } from "./known-cluster.ts";

export class KnownPair {
  readonly source: KnownCluster;
  readonly target: KnownCluster;
  readonly #startedAt: string;
  /** How both were at the start. */
  readonly start: Forms;

  private constructor(source: KnownCluster, target: KnownCluster, startedAt: string) {
    this.source = source;
    this.target = target;
    this.#startedAt = startedAt;
    const names = new Map([...source.namesOfStart(), ...target.namesOfStart()]);
    this.start = {
      source: this.#formOf(source, source.startObjects(), names),
      target: this.#formOf(target, target.startObjects(), names),
    };
  }

  static async learn(pair: {
    readonly source: StoredCluster;
    readonly target: StoredCluster;
  }): Promise<KnownPair> {
    const source = await KnownCluster.learn(pair.source);
    const target = await KnownCluster.learn(pair.target);
    // Times are in whole seconds.
    await Bun.sleep(1_000);
    const startedAt = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
    return new KnownPair(source, target, startedAt.replace(".000Z", "Z"));
  }

  async restore(): Promise<void> {
    await Promise.all([this.source.restore(), this.target.restore()]);
  }

  /** Has anybody written anything since? */
  async hasChanged(): Promise<boolean> {
    const [source, target] = await Promise.all([this.source.changed(), this.target.changed()]);
    return source.length + target.length > 0;
  }

  /** How both are by now. */
  async now(): Promise<Forms> {
    const [source, target] = await Promise.all([this.source.read(), this.target.read()]);
    const names = new Map([...this.source.namesOfStart(), ...this.target.namesOfStart()]);
    for (const [{ name }, { changed }] of [
      [this.source, source],
      [this.target, target],
    ] as const) {
      for (const object of changed) {
        names.set(object.metadata.uid, `uid of ${name}'s ${keyOf(object)}`);
      }
    }
    return {
      source: this.#merge(this.source, source, names),
      target: this.#merge(this.target, target, names),
    };
  }

  /** What has not changed is as it was at the start. */
  #merge(
    cluster: KnownCluster,
    { changed, changedKinds }: Awaited<ReturnType<KnownCluster["read"]>>,
    names: ReadonlyMap<string, string>,
  ): ClusterForm {
    const start = this.start[cluster === this.source ? "source" : "target"];
    const untouched = Object.entries(start).filter(([key]) => !changedKinds.has(kindOf(key)));
    return { ...Object.fromEntries(untouched), ...this.#formOf(cluster, changed, names) };
  }

  #formOf(
    cluster: KnownCluster,
    objects: Parameters<typeof clusterForm>[0],
    names: ReadonlyMap<string, string>,
  ): ClusterForm {
    const uidsAtStart = cluster.uidsAtStart();
    return clusterForm(objects, { names, uidsAtStart, startedAt: this.#startedAt });
  }
}

/** `Machine.cluster.x-k8s.io`. */
function kindOf(key: string): string {
  return key.startsWith("Pods of ") ? "Pod" : key.slice(0, key.indexOf(" "));
}
