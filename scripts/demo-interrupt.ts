// The demonstration of a run that dies: killed when half of the fleet is in the target, asked about, and resumed.
import { fieldAt, type Json } from "../src/model/object.ts";
import type { FleetApi } from "../test/support/fleet/fleet-api.ts";
import type { Pair } from "../test/support/testbed/pair.ts";
import type { PairFolder } from "../test/support/testbed/pair-folder.ts";
import { startBeside, typed } from "./run-beside.ts";

const MACHINES = "/apis/cluster.x-k8s.io/v1beta2/machines?limit=1";
const PAUSE_MS = 5;

/** Pivots, dies in the middle, and goes on. Resolves to the exit code of `resume`. */
export async function pivotAndDie(
  { target }: Pair,
  folder: PairFolder,
  say: (text: string) => void,
): Promise<number> {
  const place = ["--to-kubeconfig", folder.targetKubeconfig];
  const run = await startBeside("kubectl", typed(["capi-pivot", ...place, "--yes"]), folder);
  const isOver = run.ended.then(() => true);
  while (!(await hasMachines(target.api))) {
    if (await Promise.race([isOver, Bun.sleep(PAUSE_MS)])) {
      say("\nthe run has ended before it could be killed");
      return 1;
    }
  }
  // kubectl has become the plugin: it is the same process.
  run.child.kill("SIGKILL");
  await run.ended;
  say("\nKilled (SIGKILL) when the first Machines were in the target. What is where now?\n");
  const status = await startBeside("kubectl", typed(["capi-pivot", "status", ...place]), folder);
  await status.ended;
  say(
    "\nFrom outside the lock looks alive for some seconds more. resume sees that its process is dead, and goes on.\n",
  );
  const resume = typed(["capi-pivot", "resume", ...place, "--yes"]);
  return (await startBeside("kubectl", resume, folder)).ended;
}

async function hasMachines(api: FleetApi): Promise<boolean> {
  const { status, text } = await api.request("GET", MACHINES);
  const items = status === 200 ? fieldAt(JSON.parse(text) as Json, "items") : [];
  return Array.isArray(items) && items.length > 0;
}
