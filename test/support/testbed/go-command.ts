// Runs `go` for the testbed: builds programs and finds modules. Errors end with what to do.
import { spawn } from "node:child_process";

export interface GoOptions {
  readonly folder: string;
  /** What it is for, in the error when there is no `go`: "kube-apiserver, etcd". */
  readonly wanted: string;
}

/** Runs `go` in a folder and returns what it printed to stdout; throws with stderr. */
export function runGo(args: readonly string[], options: GoOptions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn("go", args, {
    cwd: options.folder,
    // GOWORK: a workspace around this repository must not change what is built.
    env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.on("error", (cause) => reject(missingGo(options.wanted, cause)));
  child.on("close", (code) => {
    if (code === 0) resolve(Buffer.concat(stdout).toString());
    else {
      const words = Buffer.concat(stderr).toString().slice(-4000);
      reject(
        new Error(`go ${args.join(" ")} (in ${options.folder}) exited with ${code}\n${words}`),
      );
    }
  });
  return promise;
}

function missingGo(wanted: string, cause: Error): Error {
  const message =
    `the testbed needs ${wanted}, and \`go\` cannot be run: install Go 1.26 or newer, put it on the PATH and run ` +
    "`scripts/build-testbed`, which builds everything from Go modules; or let KUBEBUILDER_ASSETS name a folder with " +
    "kube-apiserver, kube-controller-manager, etcd and kubectl";
  return new Error(message, { cause });
}
