// Builds targets one after the other, as they are sent.
import { type BuiltArchive, buildTarget, type TargetInput } from "./build-target.ts";

/** What comes back for a target. */
export type TargetOutcome = { readonly built: BuiltArchive } | { readonly failure: string };

declare const self: Worker;

async function outcomeOf(input: TargetInput): Promise<TargetOutcome> {
  try {
    return { built: await buildTarget(input) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { failure: `${input.target.name}: ${message}` };
  }
}

self.onmessage = ({ data }: MessageEvent<TargetInput>) => {
  void outcomeOf(data).then((outcome) => self.postMessage(outcome));
};
