// The entry: binds the program to this process. No work is done at the top level, so that bytecode can be built.
import { writeSync } from "node:fs";
import { basename } from "node:path";
import { COMPLETE } from "./cli/complete.ts";
import type { Io } from "./cli/io.ts";
import { runProgram } from "./cli/program.ts";
import { EXIT } from "./model/error.ts";

const STDERR = 2;

function processIo(): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    now: () => Date.now(),
    signals: process,
    exitNow: (code, line) => {
      // Synchronous: a stream's buffer would be lost. A terminal that is gone cannot be told.
      try {
        writeSync(STDERR, `${line}\n`);
      } finally {
        process.exit(code);
      }
    },
    openSession: async (request) => {
      const { openSession } = await import("./cli/wiring.ts");
      return openSession(request);
    },
    openLook: async (request) => {
      const { openLook } = await import("./cli/wiring.ts");
      return openLook(request);
    },
    openEnquiries: () => import("./cli/enquiries.ts"),
  };
}

/** kubectl asks `kubectl_complete-capi_pivot` what Tab offers: a second name of this program. */
function argvOf({ argv0, argv }: Pick<NodeJS.Process, "argv0" | "argv">): readonly string[] {
  const typed = argv.slice(2);
  return basename(argv0).startsWith("kubectl_complete-") ? [COMPLETE, ...typed] : typed;
}

/** A reader that has gone (`| head`, a closed terminal) must not end a run halfway. */
function ignoreClosedOutputs(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

async function main(): Promise<void> {
  ignoreClosedOutputs();
  // Never process.exit: it would cut off what stdout still holds.
  process.exitCode = await runProgram(argvOf(process), processIo());
}

// Until main has ended: an event loop that runs empty early is a failure, not a success.
process.exitCode = EXIT.bug;
void main();
