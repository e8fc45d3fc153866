// Records, locks and marks of one cluster or of both -> what state their runs are in, and which commands are possible.
// The source's record decides; what the target's says may lag behind it. Pure.
import type { ClusterName } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import { compareStrings, kindKey } from "../model/object.ts";
import { isClosed, type Phase, type RunRecord } from "../model/run-record.ts";
import type {
  Look,
  LookedAt,
  RunSide,
  RunState,
  RunStatus,
  Status,
  StatusState,
  Stray,
} from "../model/status.ts";
import { marksOf, NO_MARKS, originalsOf } from "./marks.ts";
import { nextSteps, removeLeftover } from "./next-steps.ts";

/**
 * @param looks one cluster, or two that differ, in any order.
 * @param time when they were looked at, ISO 8601.
 */
export function statusOf(looks: readonly Look[], time: string): Status {
  const runs = recordsByRun(looks)
    .map((records) => runStatus(records, looks))
    .sort((a, b) => urgency(a) - urgency(b) || -compareStrings(begun(a), begun(b)));
  const [first] = runs;
  const strays = straysOf(looks, new Set(runs.map(({ record }) => record.run)));
  const state = stateOf(looks, first, strays);
  return {
    time,
    state,
    clusters: looks.map((look) => lookedAt(look, first)),
    runs,
    strays,
    next: state === "leftover" ? [removeLeftover(looks)] : nextSteps(first, state),
  };
}

interface Found {
  readonly record: RunRecord;
  readonly look: Look;
}

/** Every record that was found, those of one run together. */
function recordsByRun(looks: readonly Look[]): readonly (readonly Found[])[] {
  const found = looks.flatMap((look) => look.records.map((record) => ({ record, look })));
  return [...Map.groupBy(found, ({ record }) => record.run).values()];
}

function runStatus(found: readonly Found[], looks: readonly Look[]): RunStatus {
  const of = (role: ClusterName) =>
    found.find(({ record, look }) => record[role].uid === look.identity.uid);
  const [source, target] = [of("source"), of("target")];
  const decisive = source ?? target ?? found[0];
  if (decisive === undefined) throw new Error("a run has a record");
  const { record } = decisive;
  const at = (role: ClusterName) => looks.find(({ identity }) => identity.uid === record[role].uid);
  const isAlive = looks.some(({ lock }) => lock?.alive === true) && !isClosed(record.phase);
  return {
    state: isAlive ? "running" : stateOfPhase(record.phase, source !== undefined),
    record,
    decidedBy: source === undefined ? "target" : "source",
    ...sides(record, { source: at("source"), target: at("target") }),
  };
}

/** Before the target says `verified`, nothing can have been committed. */
function stateOfPhase(phase: Phase, isSource: boolean): RunState {
  switch (phase) {
    case "started":
    case "frozen":
    case "copying":
      return "interrupted";
    case "verified":
      return isSource ? "interrupted" : "undecided";
    case "committed":
    case "done":
    case "rolling-back":
    case "rolled-back":
      return phase;
  }
}

type Sides = Readonly<Record<ClusterName, Look | undefined>>;

function sides(record: RunRecord, { source, target }: Sides): Pick<RunStatus, ClusterName> {
  return {
    ...(source === undefined ? {} : { source: sourceSide(record, source, target) }),
    ...(target === undefined ? {} : { target: sideOf(record, target) }),
  };
}

function sourceSide(record: RunRecord, source: Look, target: Look | undefined): RunSide {
  const side = sideOf(record, source);
  const inventory = inventoryOf(source);
  if (inventory === undefined) return side;
  const copies = target === undefined ? undefined : inventoryOf(target);
  return { ...side, originals: originalsOf(record, inventory, copies) };
}

function sideOf({ run }: RunRecord, look: Look): RunSide {
  const phase = look.records.find((one) => one.run === run)?.phase;
  const inventory = inventoryOf(look);
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(inventory === undefined ? {} : { marks: marksOf(inventory).get(run) ?? NO_MARKS }),
  };
}

function inventoryOf({ inventory }: Look): Inventory | undefined {
  return "failed" in inventory ? undefined : inventory;
}

function straysOf(looks: readonly Look[], known: ReadonlySet<string>): readonly Stray[] {
  return looks.flatMap((look) => {
    const inventory = inventoryOf(look);
    if (inventory === undefined) return [];
    return [...marksOf(inventory)]
      .filter(([run]) => !known.has(run))
      .map(([run, marks]) => ({ run, context: look.identity.context, marks }))
      .sort((a, b) => compareStrings(a.run, b.run));
  });
}

function begun({ record }: RunStatus): string {
  return record.startedAt;
}

const CLOSED_URGENCY: Readonly<Partial<Record<RunState, number>>> = { "rolled-back": 1, done: 2 };

/** An open run first, then one that left something in a target. */
function urgency({ state }: RunStatus): number {
  return CLOSED_URGENCY[state] ?? 0;
}

function stateOf(
  looks: readonly Look[],
  first: RunStatus | undefined,
  strays: readonly Stray[],
): StatusState {
  // Without an open run somebody is just beginning or ending one.
  if (looks.some(({ lock }) => lock?.alive === true)) return "running";
  if (first !== undefined && !isClosed(first.record.phase)) return first.state;
  if (looks.some(isLeftover)) return "leftover";
  if (first === undefined && strays.length > 0) return "unrecorded";
  return first?.state ?? "none";
}

/** A lock that nobody renews, or a namespace in which no record is. */
function isLeftover({ lock, hasNamespace, records }: Look): boolean {
  return lock !== undefined || (hasNamespace && records.length === 0);
}

function lookedAt(look: Look, first: RunStatus | undefined): LookedAt {
  const { identity, lock, hasNamespace, inventory, silentGroups } = look;
  const role = first === undefined ? undefined : roleOf(identity.uid, first.record);
  return {
    identity,
    ...(role === undefined ? {} : { role }),
    ...(lock === undefined ? {} : { lock }),
    hasNamespace,
    ...("failed" in inventory
      ? { unlisted: [], uncounted: inventory.failed }
      : { unlisted: uncountedKinds(inventory, silentGroups) }),
  };
}

function uncountedKinds(
  { unlisted }: Inventory,
  silentGroups: readonly string[],
): readonly string[] {
  const groups = silentGroups.map((group) => `*.${group}`);
  return [...unlisted.map(({ kind }) => kindKey(kind)), ...groups].sort(compareStrings);
}

function roleOf(uid: string, { source, target }: RunRecord): ClusterName | undefined {
  if (uid === source.uid) return "source";
  return uid === target.uid ? "target" : undefined;
}
