// Past the point of no return the originals leave the source one by one; every copy carries what its original was. Both
// halves together are the source as it was when it was copied: so an interrupted run is planned again by the same code.
import { OURS } from "../model/capi.ts";
import type { Inventory } from "../model/inventory.ts";
import { formatId, idOf, type KubeObject } from "../model/object.ts";

/** Translates what exists in the target into what it was in the source. Pure. */
export class Halves {
  readonly #source: Inventory;
  readonly #target: Inventory;
  readonly #sourceUids: ReadonlyMap<string, string>;
  readonly #run: string;

  constructor(source: Inventory, target: Inventory, run: string) {
    this.#source = source;
    this.#target = target;
    this.#run = run;
    const byName = new Map(
      [...source.objects].map(([uid, object]) => [formatId(idOf(object)), uid]),
    );
    this.#sourceUids = new Map(
      [...target.objects].flatMap(([uid, object]) => {
        // Shared ones that were there before carry no mark, and are still in the source.
        const from = this.#sourceUidOf(object) ?? byName.get(formatId(idOf(object)));
        return from === undefined ? [] : [[uid, from]];
      }),
    );
  }

  /** The source with the originals that have left it; `kinds` of both, since those of the source may go as well. */
  sourceAsItWas(): Inventory {
    const objects = new Map(this.#source.objects);
    for (const copy of this.#target.objects.values()) {
      const uid = this.#sourceUidOf(copy);
      if (uid !== undefined && !objects.has(uid)) objects.set(uid, this.originalOf(copy));
    }
    const kinds = new Map([...this.#target.kinds, ...this.#source.kinds]);
    return { ...this.#source, objects, kinds };
  }

  /** Of what the object was copied from by this run. */
  #sourceUidOf({ metadata: { annotations = {} } }: KubeObject): string | undefined {
    return annotations[OURS.run] === this.#run ? annotations[OURS.sourceUid] : undefined;
  }

  /** The original of a copy, as the freeze left it: the pause and what it was before are still on it. */
  originalOf(copy: KubeObject): KubeObject {
    const { annotations = {}, ownerReferences, ...metadata } = copy.metadata;
    const { [OURS.sourceUid]: uid = "", [OURS.verdict]: _, ...others } = annotations;
    const isRoot = OURS.pausedBefore in others;
    const { [OURS.run]: __, [OURS.managedFields]: ___, ...theirs } = others;
    const owners = ownerReferences?.map((owner) => ({
      ...owner,
      uid: this.#sourceUids.get(owner.uid) ?? owner.uid,
    }));
    return {
      ...copy,
      metadata: {
        ...metadata,
        uid,
        annotations: isRoot ? others : theirs,
        ...(owners === undefined ? {} : { ownerReferences: owners }),
      },
    };
  }
}
