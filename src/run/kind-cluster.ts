// The last step of the workflow, the removal of the bootstrap cluster, where `kind` made it. Runs a program, no shell.
import type { ClusterReader } from "../model/client.ts";
import { usageError } from "../model/error.ts";
import type { Emit } from "../model/event.ts";

/** kind's contexts are called `kind-NAME` (kind pkg/cluster/internal/kubeconfig). */
const PREFIX = "kind-";
/** A container that does not stop must not keep us for ever. */
const PATIENCE_MS = 120_000;

/** Name of the kind cluster behind a context, undefined when it is none. */
export function kindClusterOf(context: string): string | undefined {
  const name = context.startsWith(PREFIX) ? context.slice(PREFIX.length) : "";
  return name === "" ? undefined : name;
}

/** The command that deletes it, for people. */
export function kindHint(context: string): string | undefined {
  const name = kindClusterOf(context);
  return name === undefined ? undefined : `kind delete cluster --name ${name}`;
}

/** @throws PivotError USAGE when `--delete-kind-cluster` is given for a source that kind did not make. */
export function requireKindContext(context: string): void {
  if (kindClusterOf(context) !== undefined) return;
  throw usageError(
    `--delete-kind-cluster needs a source whose context is called kind-NAME, and this one is called ${JSON.stringify(context)}`,
    "leave it out, and delete the source yourself when the pivot is done",
  );
}

/** How a program ended: what it wrote, or why it was never started. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with these arguments; undefined when it is not on the PATH. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<Ran | undefined>;

export interface KindDeps {
  readonly source: Pick<ClusterReader, "context" | "server">;
  readonly emit: Emit;
  readonly runProgram: RunProgram;
}

/**
 * Deletes the source when kind knows a cluster of that name at that address: a context may be called anything. The pivot
 * is over by now, so whatever goes wrong is a note with the command to type. Resolves to whether it was deleted.
 */
export async function deleteKindCluster({ source, emit, runProgram }: KindDeps): Promise<boolean> {
  const name = kindClusterOf(source.context);
  if (name === undefined) return false;
  const trouble = await tryToDelete(name, source.server, runProgram);
  const text =
    trouble === undefined
      ? `the kind cluster ${name} was deleted`
      : `the kind cluster ${name} was not deleted: ${trouble}; when you have looked at it: kind delete cluster --name ${name}`;
  emit({ type: "note", text });
  return trouble === undefined;
}

async function tryToDelete(
  name: string,
  server: string,
  runProgram: RunProgram,
): Promise<string | undefined> {
  const found = await runProgram("kind", ["get", "kubeconfig", "--name", name]);
  if (found === undefined) return "there is no kind on the PATH";
  if (found.exitCode !== 0) return lastLine(found) ?? "kind does not know it";
  const address = /^\s*server:\s*https?:\/\/(\S+?)\/?\s*$/m.exec(found.stdout)?.[1];
  if (address !== server) return `kind's cluster of that name is at ${address}, not at ${server}`;
  const deleted = await runProgram("kind", ["delete", "cluster", "--name", name]);
  if (deleted?.exitCode === 0) return undefined;
  return (deleted && lastLine(deleted)) ?? "kind delete cluster failed";
}

function lastLine({ stderr }: Ran): string | undefined {
  return stderr.trim().split("\n").at(-1) || undefined;
}

/** The real thing. */
export function programRunner(env: Readonly<Record<string, string | undefined>>): RunProgram {
  return async (program, args) => {
    const path = Bun.which(program, { PATH: env["PATH"] ?? "" });
    if (path === null) return undefined;
    const child = Bun.spawn([path, ...args], {
      env: { ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      timeout: PATIENCE_MS,
    });
    const [stdout, stderr, exitCode] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { exitCode, stdout, stderr };
  };
}
