// Which components the target gets: of providers that it lacks, out of the source or out of the operator's manifests.
import {
  CERT_MANAGER,
  type ComponentSet,
  type ComponentSource,
  type InstallPlan,
  type InventoryFacts,
} from "../model/install.ts";
import { compareStrings, formatId, idOf } from "../model/object.ts";
import type { Finding } from "../model/plan.ts";
import {
  type Components,
  PROVIDER_TYPES,
  type Provider,
  type Providers,
} from "../model/provider.ts";
import { needsCertManager } from "./component-findings.ts";
import { componentsOf, ownerOfCertManager, ownerOfProvider } from "./components.ts";

export interface InstallInput {
  /** `--providers=skip` is an empty plan: do not call. */
  readonly source: Providers;
  readonly target: Providers;
  /** Of the source. */
  readonly components: ComponentSource;
  /** `readManifests`, empty without `--components`. */
  readonly manifests: readonly Components[];
}

/** A provider whose programs run in the source and not in the target; CRDs alone make no provider. */
export function isLacking(provider: Provider, target: Providers): boolean {
  const there = target.providers.find(({ label }) => label === provider.label);
  return provider.controllers.length > 0 && (there?.controllers.length ?? 0) === 0;
}

/** The plan, and findings about manifests that nothing of it needs. */
export function planInstall(input: InstallInput): {
  readonly plan: InstallPlan;
  readonly findings: readonly Finding[];
} {
  const { source, target, manifests } = input;
  const lacking = source.providers.filter((provider) => isLacking(provider, target));
  const ofManifests = new Map(manifests.map((one) => [one.owner, one]));
  const sets = [
    ...lacking.map((provider) => setOf(provider, input, ofManifests.get(provider.label))),
    // What the target has already is compared with what was given for it, and nothing is made twice.
    ...source.providers
      .filter((provider) => !lacking.includes(provider) && ofManifests.has(provider.label))
      .map((provider) => setOf(provider, input, ofManifests.get(provider.label))),
  ].sort(bySetOrder);
  const certManager = certManagerSet(input, sets, ofManifests.get(CERT_MANAGER));
  const plan = {
    sets: [...certManager, ...sets],
    unlisted: unlisted(target, sets),
  };
  return { plan, findings: unexpected(manifests, source) };
}

function setOf(
  provider: Provider,
  { components }: InstallInput,
  manifest: Components | undefined,
): ComponentSet {
  const { label, name, type, version } = provider;
  const found = manifest ?? componentsOf(components, ownerOfProvider(provider));
  const facts: InventoryFacts = {
    label,
    name,
    type,
    version: manifest === undefined ? version : (versionOf(manifest) ?? version),
    namespace: namespaceOf(found) ?? provider.namespace,
  };
  return { ...found, from: manifest === undefined ? "source" : "manifests", provider: facts };
}

/** A release names itself in the tag of its manager's image. */
function versionOf({ objects }: Components): string | undefined {
  const images = objects.flatMap((object) =>
    [
      ...JSON.stringify(object["spec"] ?? null).matchAll(/"image":"[^"]*:(v\d+\.\d+\.\d+[^"@]*)/g),
    ].map(([, tag]) => tag),
  );
  return images[0];
}

/** Where the programs run: clusterctl looks for the components there. */
function namespaceOf({ objects }: Components): string | undefined {
  return objects.find(({ apiVersion }) => apiVersion.startsWith("apps/"))?.metadata.namespace;
}

function bySetOrder(a: ComponentSet, b: ComponentSet): number {
  const rank = ({ provider }: ComponentSet) =>
    provider?.type === undefined ? PROVIDER_TYPES.length : PROVIDER_TYPES.indexOf(provider.type);
  return rank(a) - rank(b) || compareStrings(a.owner, b.owner);
}

/** Only where a set needs it, and only where the target has none. */
function certManagerSet(
  { source, target, components }: InstallInput,
  sets: readonly ComponentSet[],
  manifest: Components | undefined,
): readonly ComponentSet[] {
  if (manifest !== undefined) return [{ ...manifest, from: "manifests" }];
  const isNeeded = sets.some(({ objects }) => objects.some(needsCertManager));
  if (!isNeeded || target.certManager !== undefined || source.certManager === undefined) return [];
  const owner = ownerOfCertManager(source.certManager, components);
  return [{ ...componentsOf(components, owner), from: "source" }];
}

/** Providers of the target that clusterctl would not see. The CAPI operator and Helm keep their own books. */
function unlisted(target: Providers, sets: readonly ComponentSet[]): readonly InventoryFacts[] {
  const installed = new Set(sets.map(({ owner }) => owner));
  return target.providers
    .filter(
      ({ label, controllers, evidence, origin }) =>
        controllers.length > 0 &&
        !installed.has(label) &&
        !evidence.includes("inventory") &&
        (origin === "clusterctl" || origin === "unknown"),
    )
    .map(({ label, name, type, version, namespace }) => ({
      label,
      name,
      type,
      version,
      namespace,
    }));
}

/** Would be a provider that nothing of the source needs. */
function unexpected(manifests: readonly Components[], source: Providers): readonly Finding[] {
  const known = new Set([CERT_MANAGER, ...source.providers.map(({ label }) => label)]);
  const names = source.providers.map(({ label }) => label).sort(compareStrings);
  return manifests
    .filter(({ owner }) => !known.has(owner))
    .map(({ owner, objects }) => ({
      code: "COMPONENTS_UNEXPECTED",
      severity: "error",
      objects: objects.slice(0, 1).map(idOf),
      why: `--components holds ${owner}, a provider that the source does not have; it has ${names.join(", ") || "none"}`,
      hint: "leave that file out, or give the manifests of the providers that the source has",
    }));
}

/** `formatId` of every component, to ask the target for its namesakes. */
export function componentIds(plan: InstallPlan): readonly string[] {
  return [
    ...new Set(plan.sets.flatMap(({ objects }) => objects.map((object) => formatId(idOf(object))))),
  ];
}

/** The target has everything that it needs. */
export function isEmptyInstall({ sets, unlisted }: InstallPlan): boolean {
  return sets.length === 0 && unlisted.length === 0;
}
