// CRDs to providers: by their label where they carry one, else by their names and by who converts them.
import { LABEL } from "../model/capi.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { compareStrings } from "../model/object.ts";
import { isCoreKind, ownerOfKind } from "./kind-owner.ts";

/** Manifest labels by CRD name. */
export type KindLabels = ReadonlyMap<string, string>;

/**
 * `kinds`: of providers, with a CRD. `labelOfConverter`: the label that the program behind a conversion webhook
 * carries. A kind that nothing tells about is left out.
 */
export function labelKinds(
  kinds: readonly ResourceKind[],
  labelOfConverter: (kind: ResourceKind) => string | undefined,
): KindLabels {
  const first = kinds.map((kind) => ({
    kind,
    sure: sureLabel(kind) ?? labelOfConverter(kind),
    guess: ownerOfKind(kind),
  }));
  // One program is one provider, however its kinds are named: the name that most of them suggest.
  const byService = Map.groupBy(first, ({ kind }) => kind.crd?.conversion?.service ?? "");
  const named = first.map(({ kind, sure, guess }) => {
    const service = kind.crd?.conversion?.service;
    const siblings = service === undefined ? [] : (byService.get(service) ?? []);
    const shared = mostFrequent(siblings.flatMap((one) => one.sure ?? one.guess ?? []));
    return { kind, label: sure ?? shared ?? guess };
  });
  const stems = named.flatMap(({ kind, label }) => (label === undefined ? [] : [{ kind, label }]));
  return new Map(
    named.flatMap(({ kind, label }) => {
      const found = label ?? labelOfRelative(kind, stems);
      return found === undefined ? [] : [[kind.crd?.name ?? "", found]];
    }),
  );
}

function sureLabel(kind: ResourceKind): string | undefined {
  return kind.crd?.labels[LABEL.provider] || (isCoreKind(kind) ? "cluster-api" : undefined);
}

/** The most frequent text, the first one by name among equals. */
export function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || compareStrings(a, b))[0]?.[0];
}

/** `FooImage` belongs to whom `FooCluster` of the same group belongs: its name begins with the provider's. */
function labelOfRelative(
  { group, kind }: ResourceKind,
  known: readonly { readonly kind: ResourceKind; readonly label: string }[],
): string | undefined {
  const name = kind.toLowerCase();
  const isRelative = (label: string) => name.startsWith(label.slice(label.lastIndexOf("-") + 1));
  return known.find((one) => one.kind.group === group && isRelative(one.label))?.label;
}
