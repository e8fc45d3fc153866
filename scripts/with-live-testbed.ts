// Starts two clusters in which pods run, the source with providers at work, and runs a command beside them:
//   with-live-testbed --fleet -- bash
// With --fleet it also waits for two clusters whose machines run, with --audit API servers note every request.
import { applyLiveFleet, LIVE_MACHINES } from "../test/support/live/apply-live-fleet.ts";
import { type LivePair, startLivePair } from "../test/support/live/live-pair.ts";
import { waitUntilRunning } from "../test/support/live/live-state.ts";
import { runBeside } from "./beside.ts";

const FLAGS = ["--fleet", "--audit"];

async function start(flags: readonly string[]): Promise<LivePair> {
  const pair = await startLivePair({ audit: flags.includes("--audit") });
  if (!flags.includes("--fleet")) return pair;
  try {
    await applyLiveFleet(pair.source.api);
    await waitUntilRunning(pair.source.api, LIVE_MACHINES);
    return pair;
  } catch (error) {
    await pair.stop();
    throw error;
  }
}

const args = process.argv.slice(2);
const own = args.findIndex((argument) => !FLAGS.includes(argument));
const flags = own < 0 ? args : args.slice(0, own);

await runBeside({
  name: "with-live-testbed",
  usage: "with-live-testbed [--fleet] [--audit] -- COMMAND [ARGUMENT ...]",
  variable: "CAPI_PIVOT_LIVE_TESTBED",
  command: args.slice(flags.length),
  start: () => start(flags),
});
