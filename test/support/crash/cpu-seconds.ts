// What the processes of a pair and this one with its children have used of processors; 0 where there is no /proc.
import { existsSync, readFileSync } from "node:fs";
import type { OwnCluster } from "../testbed/management-cluster.ts";
import type { Pair } from "../testbed/pair.ts";

/** Of a Linux kernel's clock, in whatever it counts. */
const TICKS_PER_SECOND = 100;
/** Own time in user and system mode, then that of children that have ended; counted behind the name. */
const FIELDS = [11, 12, 13, 14];

export function cpuSeconds({ source, target }: Pair<OwnCluster>): number {
  const pids = [source, target].flatMap(({ pids: all }) => Object.values(all));
  const ticks = [process.pid, ...pids].map(ticksOf);
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND;
}

function ticksOf(pid: number): number {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return 0;
  const text = readFileSync(path, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return FIELDS.reduce((sum, index) => sum + Number(fields[index]), 0);
}
