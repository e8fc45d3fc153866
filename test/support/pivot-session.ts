// Runs a pivot in this process, through the same wiring as the program: kubeconfig files in, events and an end out.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { readComponentFiles } from "../../src/cli/component-files.ts";
import { type PivotFlags, type RawFlags, readFlags } from "../../src/cli/options.ts";
import { openSession } from "../../src/cli/wiring.ts";
import type { PivotEvent, Summary } from "../../src/model/event.ts";
import type { Preview } from "../../src/model/preview.ts";
import type { TestCluster } from "./testbed/test-cluster.ts";

export interface PivotRequest extends Omit<RawFlags, "kubeconfig" | "toKubeconfig" | "context"> {
  readonly from: Pick<TestCluster, "adminKubeconfig">;
  readonly to: Pick<TestCluster, "adminKubeconfig">;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: PivotEvent) => void;
  /** Called between the preview and the run: somebody looks at the question. */
  readonly beforeRun?: (preview: Preview) => void | Promise<void>;
}

/** How it went; `error` is what a command would turn into text and an exit code. */
export interface PivotOutcome {
  readonly events: readonly PivotEvent[];
  readonly preview?: Preview;
  readonly summary?: Summary;
  readonly error?: unknown;
}

/** Previews and runs, whatever the preview says. Never throws. */
export async function pivot(request: PivotRequest): Promise<PivotOutcome> {
  return attempt(request, async (session, keep) => {
    const preview = await session.preview();
    keep(preview);
    await request.beforeRun?.(preview);
    return session.run(preview);
  });
}

/** Previews only. */
export async function previewOf(request: PivotRequest): Promise<PivotOutcome> {
  return attempt(request, async (session, keep) => {
    keep(await session.preview());
    return undefined;
  });
}

type Session = Awaited<ReturnType<typeof openSession>>;

async function attempt(
  request: PivotRequest,
  work: (session: Session, keep: (preview: Preview) => void) => Promise<Summary | undefined>,
): Promise<PivotOutcome> {
  const events: PivotEvent[] = [];
  let preview: Preview | undefined;
  const folder = await mkdtemp(join(tmpdir(), "capi-pivot-session-"));
  try {
    const flags = await flagsOf(request, folder);
    const session = await openSession({
      flags,
      manifests: await readComponentFiles(flags.components, { stdin: Readable.from([]), env: {} }),
      emit: (event) => {
        events.push(event);
        request.onEvent?.(event);
      },
      signal: request.signal ?? new AbortController().signal,
      log: () => undefined,
      beforeCredentialPlugin: () => undefined,
      env: { PATH: process.env["PATH"] },
    });
    try {
      const summary = await work(session, (made) => {
        preview = made;
      });
      return { events, ...(preview && { preview }), ...(summary && { summary }) };
    } finally {
      session.close();
    }
  } catch (error) {
    return { events, ...(preview && { preview }), error };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function flagsOf(request: PivotRequest, folder: string): Promise<PivotFlags> {
  const [kubeconfig, toKubeconfig] = [join(folder, "source"), join(folder, "target")];
  await writeFile(kubeconfig, request.from.adminKubeconfig(), { mode: 0o600 });
  await writeFile(toKubeconfig, request.to.adminKubeconfig(), { mode: 0o600 });
  return readFlags({ ...request, kubeconfig, toKubeconfig });
}

/** Steps in the order in which they were finished. */
export function finishedSteps({ events }: PivotOutcome): readonly string[] {
  return events.flatMap((event) => (event.type === "step-finished" ? [event.step] : []));
}
