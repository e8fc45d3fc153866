// Evidence put together: one Provider per manifest label, or one per namespace where it was installed several times.
import { LABEL } from "../model/capi.ts";
import type { ProviderMaterial } from "../model/inventory.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { compareStrings, type KubeObject } from "../model/object.ts";
import type { Evidence, Origin, Provider } from "../model/provider.ts";
import type { Assignment } from "./assign-programs.ts";
import { imageVersion } from "./image-name.ts";
import { type KindLabels, mostFrequent } from "./label-kinds.ts";
import { toController } from "./programs.ts";
import { parseLabel } from "./provider-label.ts";
import type { ProviderRecord } from "./provider-records.ts";
import { asVersion } from "./provider-version.ts";
import { CONTRACT_LABEL } from "./roots.ts";

/** Everything that tells of providers, each thing with its label. */
export interface Found {
  readonly records: readonly ProviderRecord[];
  readonly kinds: readonly ResourceKind[];
  readonly labels: KindLabels;
  readonly assignments: readonly Assignment[];
  readonly namespaces: readonly KubeObject[];
  readonly material: ProviderMaterial;
}

/** One provider in one namespace. */
interface Instance {
  readonly label: string;
  readonly records: readonly ProviderRecord[];
  readonly kinds: readonly ResourceKind[];
  readonly assignments: readonly Assignment[];
}

/** A labelled Namespace alone is no provider: clusterctl leaves it behind when it deletes one. */
export function providersFrom(found: Found): readonly Provider[] {
  const labels = new Set([
    ...found.records.map(({ label }) => label),
    ...found.labels.values(),
    ...found.assignments.map(({ label }) => label),
  ]);
  return [...labels]
    .flatMap((label) => instancesOf(label, found))
    .map((one) => toProvider(one, found));
}

/**
 * The same provider may have been installed in several namespaces (until v1alpha3 that was how tenants were kept apart);
 * the CRDs are then shown with the first one.
 */
function instancesOf(label: string, found: Found): readonly Instance[] {
  const records = found.records.filter((record) => record.label === label);
  const kinds = found.kinds.filter(({ crd }) => found.labels.get(crd?.name ?? "") === label);
  const assignments = found.assignments.filter((one) => one.label === label);
  const namespaces = [...new Set(records.map(({ namespace }) => namespace))];
  if (namespaces.length < 2) return [{ label, records, kinds, assignments }];
  const home = ({ program }: Assignment) =>
    namespaces.includes(program.namespace) ? program.namespace : namespaces[0];
  return namespaces.map((namespace, index) => ({
    label,
    records: records.filter((record) => record.namespace === namespace),
    kinds: index === 0 ? kinds : [],
    assignments: assignments.filter((one) => home(one) === namespace),
  }));
}

function toProvider(instance: Instance, { namespaces, material }: Found): Provider {
  const { label, records, kinds, assignments } = instance;
  const record = records[0];
  const parsed = parseLabel(label);
  return {
    label,
    name: record?.name ?? parsed.name,
    type: record?.type ?? parsed.type,
    version: versionOf(instance),
    namespace:
      record?.namespace ??
      mostFrequent(assignments.map(({ program }) => program.namespace)) ??
      namespaces.find(({ metadata }) => metadata.labels?.[LABEL.provider] === label)?.metadata.name,
    controllers: assignments
      .map(({ program }) => program)
      .toSorted((a, b) => compareStrings(a.path, b.path))
      .map((program) => toController(program, material)),
    crds: kinds.map(({ crd }) => crd?.name ?? ""),
    evidence: evidenceOf(instance, namespaces),
    origin: originOf(instance),
  };
}

/** What is written down, else what runs: a tag, or the label that Helm charts copy it to. */
function versionOf({ records, assignments }: Instance): string | undefined {
  const written = records.find(({ version }) => version !== undefined)?.version;
  if (written !== undefined) return written;
  const programs = assignments.map(({ program }) => program);
  return (
    mostFrequent(programs.flatMap(({ image }) => imageVersion(image) ?? [])) ??
    mostFrequent(
      programs.flatMap((one) => asVersion(one.labels["app.kubernetes.io/version"]) ?? []),
    )
  );
}

const CONTRACT_GROUP = /(^|\.)cluster\.x-k8s\.io$/;

function evidenceOf(
  { label, records, kinds, assignments }: Instance,
  namespaces: readonly KubeObject[],
): readonly Evidence[] {
  const isLabelled =
    kinds.some(({ crd }) => crd?.labels[LABEL.provider] === label) ||
    assignments.some((one) => one.isLabelled) ||
    namespaces.some(({ metadata }) => metadata.labels?.[LABEL.provider] === label);
  const followsContract = kinds.some(
    ({ group, crd }) =>
      CONTRACT_GROUP.test(group) ||
      Object.keys(crd?.labels ?? {}).some((key) => CONTRACT_LABEL.test(key)),
  );
  const found: readonly (readonly [Evidence, boolean])[] = [
    ["inventory", records.some(({ by }) => by === "inventory")],
    ["operator", records.some(({ by }) => by === "operator")],
    ["label", isLabelled],
    ["crd", followsContract],
    ["workload", assignments.some((one) => one.serves || !one.isLabelled)],
  ];
  return found.filter(([, isThere]) => isThere).map(([evidence]) => evidence);
}

/** Who would bring it back: the operator, else Helm. An inventory may have been written beside either of them. */
function originOf({ records, kinds, assignments }: Instance): Origin {
  if (records.some(({ by }) => by === "operator")) return "operator";
  const objects = assignments.map(({ program }) => program.object.metadata);
  const isHelms =
    objects.some(({ labels = {}, annotations = {} }) => isFromHelm(labels, annotations)) ||
    (objects.length === 0 && kinds.some(({ crd }) => isFromHelm(crd?.labels ?? {}, {})));
  if (isHelms) return "helm";
  return records.length > 0 ? "clusterctl" : "unknown";
}

/** What `helm install` puts on every object of a chart (helm pkg/action/validate.go). */
function isFromHelm(
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): boolean {
  return (
    labels["app.kubernetes.io/managed-by"] === "Helm" || "meta.helm.sh/release-name" in annotations
  );
}
