// Every state that a run passes through, from one run that nobody disturbs: one write at a time, so that whatever dies
// before write n+1 reaches its server, or after write n was answered, leaves exactly the state that is recorded here as n.
// A state is put back by giving etcd its bytes, and costs a fraction of a run that dies.
import type { ClusterName } from "../../../src/model/error.ts";
import type { StoredEntry, StoreEvent } from "../testbed/etcd-store.ts";
import type { StoreMirror } from "../testbed/store-mirror.ts";
import { isSettled } from "../testbed/stored-state.ts";
import type { CrashScene } from "./crash-scene.ts";
import { runUndisturbed, type Undisturbed } from "./undisturbed.ts";

/** By key. */
export type StoredValues = ReadonlyMap<string, string>;

export type BothValues = Readonly<Record<ClusterName, StoredValues>>;

export interface RecordedRun {
  readonly run: Undisturbed;
  /** What both clusters had stored when so many writes were done, from 0. */
  stateAfter(writes: number): BothValues;
}

type Revisions = Readonly<Record<ClusterName, number>>;

export async function recordRun(scene: CrashScene): Promise<RecordedRun> {
  await scene.restore();
  const tapes = { source: new Tape(scene.mirrors.source), target: new Tape(scene.mirrors.target) };
  const revisions: Revisions[] = [await revisionsOf(scene)];
  const names: readonly ClusterName[] = ["source", "target"];
  const removals = names.map((name) =>
    scene.proxies[name].on({
      when: ({ writeNumber }) => writeNumber !== undefined,
      after: async () => revisions.push(await revisionsOf(scene)),
    }),
  );
  const run = await runUndisturbed(scene, 1);
  for (const remove of removals) remove();
  for (const tape of Object.values(tapes)) tape.stop();
  return {
    run,
    stateAfter: (writes) => {
      const at = revisions[writes];
      if (at === undefined) throw new Error(`the run has only ${revisions.length - 1} writes`);
      return { source: tapes.source.at(at.source), target: tapes.target.at(at.target) };
    },
  };
}

async function revisionsOf({ mirrors }: CrashScene): Promise<Revisions> {
  const [source, target] = await Promise.all([
    mirrors.source.caughtUp(),
    mirrors.target.caughtUp(),
  ]);
  return { source, target };
}

/** What one cluster had stored when the tape began, and every change since. */
class Tape {
  readonly #start: ReadonlyMap<string, StoredEntry>;
  readonly #events: StoreEvent[] = [];
  readonly stop: () => void;

  constructor(mirror: StoreMirror) {
    this.#start = new Map(mirror.entries);
    this.stop = mirror.on((events) => this.#events.push(...events));
  }

  at(revision: number): StoredValues {
    const values = new Map([...this.#start].map(([key, { value }]) => [key, value]));
    for (const { key, entry, revision: changed } of this.#events) {
      if (changed > revision) break;
      if (entry === undefined) values.delete(key);
      else values.set(key, entry.value);
    }
    return new Map([...values].filter(([key]) => isSettled({ key })));
  }
}
