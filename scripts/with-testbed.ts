// Starts the pair of test clusters and runs a command beside it:
//   with-testbed -- bun test test/run
// Tests of the command use the pair by CAPI_PIVOT_TESTBED.
import { startPair, TESTBED_VARIABLE } from "../test/support/testbed/pair.ts";
import { runBeside } from "./beside.ts";

await runBeside({
  name: "with-testbed",
  usage: "with-testbed -- COMMAND [ARGUMENT ...]",
  variable: TESTBED_VARIABLE,
  command: process.argv.slice(2),
  start: startPair,
});
