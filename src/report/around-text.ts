// What a run does besides moving objects: what it brings to the target, what it stops in the source, and what becomes of
// the source's providers. Pure; names and counts only, the components hold Secrets.
import type { ComponentSet } from "../model/install.ts";
import type { Preview } from "../model/preview.ts";
import type { StopPlan } from "../model/provider.ts";
import type { SourceProviders } from "../model/run-record.ts";
import { count, pathOf, someOf } from "./words.ts";

const NAMES_SHOWN = 6;

const AFTERWARDS: Readonly<Record<SourceProviders, string>> = {
  remove: "its providers are removed in the end",
  stop: "its providers stay in the end, stopped and without webhooks",
  keep: "its providers run again in the end",
};

/** Rows of title and text; none where nothing happens. */
export function aroundRows(preview: Preview): readonly (readonly [title: string, text: string])[] {
  const { install, stop, plan } = preview;
  const isManaged = plan.providers.source.providers.some(
    ({ controllers }) => controllers.length > 0,
  );
  const rows: readonly (readonly [string, string])[] = [
    ["install", installText(install.sets)],
    ["stop", stop === undefined ? "" : stopText(stop)],
    ["source", plan.whole && isManaged ? afterwardsText(preview) : ""],
  ];
  return rows.filter(([, text]) => text !== "");
}

function afterwardsText({ plan, sourceProviders }: Preview): string {
  const hasOperator = plan.providers.source.parents.length > 0;
  const also =
    sourceProviders === "remove" && hasOperator ? ", and the CAPI operator with them" : "";
  return `${AFTERWARDS[sourceProviders]}${also}`;
}

function installText(sets: readonly ComponentSet[]): string {
  if (sets.length === 0) return "";
  const objects = sets.reduce((sum, set) => sum + set.objects.length, 0);
  const names = sets.map(({ owner, provider, from }) => {
    const version = provider?.version === undefined ? "" : ` ${provider.version}`;
    return `${owner}${version}${from === "manifests" ? " (--components)" : ""}`;
  });
  return `${someOf(names, NAMES_SHOWN)}: ${count(objects, "objects")} in the target, before anything is paused`;
}

function stopText({ parents, controllers, late }: StopPlan): string {
  const all = [...parents, ...controllers, ...late].filter(({ replicas }) => replicas > 0);
  if (all.length === 0) return "";
  const names = all.map(({ id }) => pathOf(id));
  return `${count(all.length, "controllers")} of the source: ${someOf(names, NAMES_SHOWN)}`;
}
