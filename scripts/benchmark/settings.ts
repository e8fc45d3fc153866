// What to measure, and what it should come to.
import { parseArgs } from "node:util";

/** A way between a program and both API servers. */
export interface Link {
  readonly name: string;
  /** 0: straight to the server. */
  readonly roundTripMs: number;
}

export interface Settings {
  /** A fleet with real managers at work, watched while it is handed over; nothing else then. */
  readonly live: boolean;
  readonly clusters: number;
  /** What takes longest. */
  readonly skipFarClusterctl: boolean;
}

export const LOOPBACK: Link = { name: "loopback", roundTripMs: 0 };
export const FAR: Link = { name: "20 ms", roundTripMs: 20 };

const DEFAULT_CLUSTERS = 4;
const FULL_CLUSTERS = 16;
/** As `benchFleet` makes them. */
export const OBJECTS_PER_CLUSTER = 64;

/** Ratios hold for the full fleet. */
export const GOALS = {
  objects: FULL_CLUSTERS * OBJECTS_PER_CLUSTER,
  timesFaster: new Map([
    [LOOPBACK.name, 4.5],
    [FAR.name, 25],
  ]),
  startUpMs: 60,
  peakMegabytes: 300,
} as const;

export const USAGE = `usage: scripts/bench [--full] [--skip-clusterctl] | --live
  --full             ${FULL_CLUSTERS} clusters, ${GOALS.objects} objects: about 15 minutes on two cores
                     (default: ${DEFAULT_CLUSTERS} clusters, ${DEFAULT_CLUSTERS * OBJECTS_PER_CLUSTER} objects)
  --skip-clusterctl  leave out clusterctl over 20 ms, which takes longest
  --live             a fleet whose machines run, watched while it is handed over: about 8 minutes, as root`;

/** Throws on flags that it does not know. */
export function settingsFrom(args: readonly string[]): Settings | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: "boolean", default: false },
      "skip-clusterctl": { type: "boolean", default: false },
      live: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  if (values.live && args.length > 1) throw new Error("--live goes with no other option");
  return {
    live: values.live,
    clusters: values.full ? FULL_CLUSTERS : DEFAULT_CLUSTERS,
    skipFarClusterctl: values["skip-clusterctl"],
  };
}
