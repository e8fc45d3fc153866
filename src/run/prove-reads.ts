// After the stop: conversion webhooks are dead with the controllers that served them. Everything that a run does to the
// source from here on it does at storage versions, which need no conversion; this proves it before anything is copied.
import { mapWithLimit } from "../kube/concurrency.ts";
import { KubeApiError, PivotError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { kindKey } from "../model/object.ts";
import type { Plan } from "../model/plan.ts";
import { travellers } from "../plan/plan-pivot.ts";
import type { RunContext } from "./context.ts";

/**
 * One list per kind of the plan, at the version that the run speaks.
 * @throws PivotError SOURCE_UNREADABLE naming the kind and what the server said.
 */
export async function proveReads(context: RunContext, plan: Plan): Promise<void> {
  const kinds = new Map(travellers(plan).map(({ kind }) => [kindKey(kind), kind]));
  await mapWithLimit([...kinds.values()], context.concurrency, async (kind) => {
    try {
      await context.source.list(kind, { metadataOnly: true });
    } catch (error) {
      if (error instanceof KubeApiError) throw unreadable(context, kind, error);
      throw error;
    }
  });
}

function unreadable({ source }: RunContext, kind: ResourceKind, error: KubeApiError): PivotError {
  const resource = `${kind.plural}.${kind.version}.${kind.group}`;
  return new PivotError({
    code: "SOURCE_UNREADABLE",
    cluster: "source",
    message: `with its controllers stopped, the source cluster cannot list ${kindKey(kind)}: ${error.message}`,
    hint: `kubectl --context ${source.context} get ${resource} -A   # objects of it are stored at another version: let its controller migrate them, or --stop-controllers=never`,
    cause: error,
  });
}
