// Roots that this run has paused: somebody may have unpaused one since, and then a controller acts on what is below it.
import { ANNOTATION } from "../model/capi.ts";
import { EXIT, PivotError } from "../model/error.ts";
import { fieldAt, formatId, type KubeObject } from "../model/object.ts";
import type { Plan, PlannedObject } from "../model/plan.ts";
import { travellers } from "../plan/plan-pivot.ts";
import type { RunContext } from "./context.ts";
import { listKinds } from "./settle.ts";

/** Of a root that carries the mark of the run. */
export function isStillPaused(
  { freeze }: Pick<PlannedObject, "freeze">,
  body: KubeObject,
): boolean {
  return freeze === "spec"
    ? fieldAt(body, "spec", "paused") === true
    : ANNOTATION.paused in (body.metadata.annotations ?? {});
}

/** Up to the point of no return. */
export function unpausedBefore(root: Pick<PlannedObject, "id">): PivotError {
  return unpaused(
    root,
    EXIT.midway,
    "kubectl capi-pivot rollback   # then find out who unpauses it",
  );
}

/**
 * Past the point of no return: what is deleted while its Cluster is not paused would be deleted by its controller, with
 * the machine behind it. Whatever is gone already does not count.
 * @throws PivotError SOURCE_CHANGED with exit code 4.
 */
export async function requireStillPaused(context: RunContext, plan: Plan): Promise<void> {
  const roots = travellers(plan).filter(
    ({ freeze, verdict }) =>
      verdict.kind === "move" && (freeze === "spec" || freeze === "annotation"),
  );
  const kinds = roots.map(({ kind }) => kind);
  const bodies = await listKinds(context.source, kinds, false);
  const found = roots.find((root) => {
    const body = bodies.get(root.uid);
    return body !== undefined && !isStillPaused(root, body);
  });
  if (found === undefined) return;
  const { context: name } = context.source;
  throw unpaused(
    found,
    EXIT.pastCommit,
    `${pauseCommand(found, name)}   # then: kubectl capi-pivot resume`,
  );
}

function pauseCommand({ id, kind, freeze }: PlannedObject, context: string): string {
  const place = `kubectl --context ${context}${id.namespace === undefined ? "" : ` -n ${id.namespace}`}`;
  const what = `${kind.plural}.${id.group} ${id.name}`;
  return freeze === "spec"
    ? `${place} patch ${what} --type merge -p '{"spec":{"paused":true}}'`
    : `${place} annotate ${what} ${ANNOTATION.paused}=`;
}

function unpaused({ id }: Pick<PlannedObject, "id">, exitCode: number, hint: string): PivotError {
  return new PivotError({
    code: "SOURCE_CHANGED",
    cluster: "source",
    exitCode,
    message: `${formatId(id)} of the source cluster was paused by this run and has been unpaused by somebody else`,
    hint,
  });
}
