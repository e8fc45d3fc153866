// What a plan is about, short enough for the run record: whoever takes a run up compares it with what is there by now.
import { compareStrings, kindKey } from "../model/object.ts";
import type { Plan, PlannedObject } from "../model/plan.ts";
import type { KindDigest } from "../model/run-record.ts";
import { concerned, fingerprint } from "../plan/plan-pivot.ts";

/** One entry per kind, sorted by kind. */
export function digestPlan(plan: Plan): readonly KindDigest[] {
  const lines = fingerprint(plan);
  const byKind = Map.groupBy(concerned(plan), ({ id }) => kindKey(id));
  return [...byKind]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([kind, objects]) => ({
      kind,
      objects: objects.length,
      digest: digestOf(objects, lines),
    }));
}

function digestOf(objects: readonly PlannedObject[], lines: ReadonlyMap<string, string>): string {
  const sorted = objects.map(({ uid }) => `${uid} ${lines.get(uid)}`).sort(compareStrings);
  return new Bun.CryptoHasher("sha256").update(sorted.join("\n")).digest("hex");
}

/** The first kind of which the plan is not what was recorded, in words; undefined when nothing differs. */
export function planDifference(recorded: readonly KindDigest[], plan: Plan): string | undefined {
  const before = new Map(recorded.map((one) => [one.kind, one]));
  const now = new Map(digestPlan(plan).map((one) => [one.kind, one]));
  for (const kind of [...new Set([...before.keys(), ...now.keys()])].sort(compareStrings)) {
    const [one, other] = [before.get(kind), now.get(kind)];
    if (one?.digest === other?.digest) continue;
    const [was, is] = [one?.objects ?? 0, other?.objects ?? 0];
    if (was !== is) return `${is} objects of kind ${kind} take part now, ${was} did when it began`;
    return `other objects of kind ${kind} take part now, or in another way`;
  }
  return undefined;
}
