// Builds all targets, as many at a time as there are processors.
import { availableParallelism } from "node:os";
import type { BuiltArchive, TargetInput } from "./build-target.ts";
import type { TargetOutcome } from "./target-worker.ts";

/** In the order of the inputs. @throws Error of the first target that fails; the others are given up. */
export async function buildTargets(
  inputs: readonly TargetInput[],
  onBuilt: (archive: BuiltArchive) => void,
): Promise<readonly BuiltArchive[]> {
  const waiting = [...inputs];
  const built = new Map<string, BuiltArchive>();
  const workers: Worker[] = [];
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("./target-worker.ts", import.meta.url));
    workers.push(worker);
    for (let input = waiting.shift(); input !== undefined; input = waiting.shift()) {
      const archive = await answerOf(worker, input);
      built.set(archive.target, archive);
      onBuilt(archive);
    }
  };
  try {
    await Promise.all(
      Array.from({ length: Math.min(availableParallelism(), inputs.length) }, work),
    );
  } finally {
    for (const worker of workers) worker.terminate();
  }
  return inputs.flatMap(({ target }) => built.get(target.name) ?? []);
}

async function answerOf(worker: Worker, input: TargetInput): Promise<BuiltArchive> {
  const { promise, resolve, reject } = Promise.withResolvers<TargetOutcome>();
  worker.onmessage = ({ data }: MessageEvent<TargetOutcome>) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(input);
  const outcome = await promise;
  if ("failure" in outcome) throw new Error(outcome.failure);
  return outcome.built;
}
