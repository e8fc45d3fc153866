// What happens during a run, as it happens. Renderers read these and nothing else; no event carries a body or a secret.
import type { ClusterName, PivotError } from "./error.ts";
import type { ObjectId } from "./object.ts";
import type { Finding } from "./plan.ts";

/** Steps of a pivot in the order of the design's table; those from `undo-copies` on are the way back. */
export type StepKind =
  | "connect"
  | "discover"
  | "preflight"
  | "lock"
  | "install"
  | "freeze"
  | "stop"
  | "snapshot"
  | "copy"
  | "verify"
  | "commit"
  | "delete"
  | "thaw"
  | "prove"
  | "clean"
  | "close"
  | "undo-copies"
  | "start"
  | "unfreeze"
  | "uninstall"
  | "unlock";

/** Figures of a finished step, e.g. `{ objects: 64, kinds: 21 }`; keys are words to print. */
export type Figures = Readonly<Record<string, number | string>>;

export type PivotEvent =
  | {
      readonly type: "planned";
      readonly steps: readonly StepKind[];
      readonly run: string;
      readonly source: string;
      readonly target: string;
      readonly objects: number;
      readonly clusters: number;
    }
  | { readonly type: "step-started"; readonly step: StepKind; readonly total?: number }
  | {
      readonly type: "object";
      readonly step: StepKind;
      readonly cluster: ClusterName;
      readonly id: ObjectId;
      readonly status: "done" | "skipped" | "repeated";
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly type: "waiting";
      readonly step: StepKind;
      readonly reason: string;
      readonly seconds: number;
    }
  | { readonly type: "step-finished"; readonly step: StepKind; readonly figures: Figures }
  | { readonly type: "finding"; readonly finding: Finding }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "point-of-no-return" }
  | { readonly type: "rolling-back"; readonly because: string }
  | { readonly type: "finished"; readonly summary: Summary }
  | { readonly type: "failed"; readonly step?: StepKind; readonly error: PivotError };

/**
 * What can be said of the fleet after the thaw. `no-controllers`: nobody runs in the target who could show it;
 * `skipped`: `--prove-for=0`.
 */
export type Proof = "proved" | "no-controllers" | "skipped";

/** `secondsPaused`: from the first pause in the source to the last thaw in the target. */
export interface Summary {
  readonly run: string;
  readonly source: string;
  readonly target: string;
  readonly moved: number;
  readonly copied: number;
  readonly clusters: number;
  readonly seconds: number;
  readonly secondsPaused: number;
  readonly proof?: Proof;
  /** A command to type next, if there is one. */
  readonly hint?: string;
}

/** Synchronous and cannot fail: an engine must never wait for a terminal. */
export type Emit = (event: PivotEvent) => void;
