// Looks at both clusters again and again while a live fleet is handed over: what an operator would see with `kubectl get`.
import { fieldAt, type Json, stringAt } from "../../../src/model/object.ts";
import type { FleetApi } from "../../../test/support/fleet/fleet-api.ts";
import { hasCondition } from "../../../test/support/live/conditions.ts";

/** What one cluster shows. */
export interface Side {
  readonly clusters: readonly {
    readonly name: string;
    readonly isPaused: boolean;
    readonly isAvailable: boolean;
  }[];
  /** `phase` is undefined before a controller, or whoever restores the status, has written one. */
  readonly machines: readonly { readonly name: string; readonly phase: string | undefined }[];
}

export interface Look {
  /** Monotonic, milliseconds. */
  readonly at: number;
  readonly source: Side;
  readonly target: Side;
}

export const LOOK_EVERY_MS = 250;

export interface Watch {
  /** Every look so far, in order. */
  readonly looks: readonly Look[];
  /** No more looks; rejects when one has failed. */
  end(): Promise<void>;
}

/** Looks until it is told to end; a look that takes longer than the interval delays the next one. */
export function watchBoth(source: FleetApi, target: FleetApi): Watch {
  const looks: Look[] = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const at = performance.now();
      const [from, to] = await Promise.all([sideOf(source), sideOf(target)]);
      looks.push({ at, source: from, target: to });
      await Bun.sleep(Math.max(0, LOOK_EVERY_MS - (performance.now() - at)));
    }
  })();
  // Seen when the watch ends: until then a contender may be running.
  watching.catch(() => undefined);
  return {
    looks,
    end: () => {
      isOver = true;
      return watching;
    },
  };
}

async function sideOf(api: FleetApi): Promise<Side> {
  const [clusters, machines] = await Promise.all([list(api, "clusters"), list(api, "machines")]);
  return {
    clusters: clusters.map((cluster) => ({
      name: nameOf(cluster),
      isPaused: fieldAt(cluster, "spec", "paused") === true,
      isAvailable: hasCondition(cluster, "Available"),
    })),
    machines: machines.map((machine) => ({
      name: nameOf(machine),
      phase: stringAt(machine, "status", "phase"),
    })),
  };
}

/** Empty where the kind is not served, or not yet, or not any more. */
async function list(api: FleetApi, plural: string): Promise<readonly Json[]> {
  const { status, text } = await api.request("GET", `/apis/cluster.x-k8s.io/v1beta2/${plural}`);
  if ([404, 429, 503].includes(status)) return [];
  if (status !== 200) throw new Error(`${plural}: ${status} ${text.slice(0, 500)}`);
  return (JSON.parse(text) as { readonly items: readonly Json[] | null }).items ?? [];
}

function nameOf(object: Json): string {
  return stringAt(object, "metadata", "name") ?? "";
}
