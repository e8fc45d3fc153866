// A provider's components: what its controllers refer to, what refers to them, and what carries its labels.
// Pure: objects of the source in, objects to create out, in the order of creation.
import { LABEL } from "../model/capi.ts";
import type { ComponentSource } from "../model/install.ts";
import { CERT_MANAGER, CERT_MANAGER_GROUP } from "../model/install.ts";
import { formatId, idOf, type KubeObject, stringAt } from "../model/object.ts";
import type {
  CertManager,
  Components,
  Controller,
  Provider,
  Providers,
} from "../model/provider.ts";
import { type ComponentIndex, indexComponents } from "./component-index.ts";
import { CRD, inCreationOrder, WORKLOADS } from "./component-kinds.ts";
import { referencesOf } from "./component-references.ts";
import { isLeftBehind } from "./left-behind.ts";
import { CAPI_OPERATOR, OPERATOR_GROUP } from "./provider-parents.ts";

type Labels = Readonly<Record<string, string>>;

/** Where a closure begins. */
export interface ComponentOwner {
  readonly owner: string;
  readonly namespace: string | undefined;
  readonly controllers: readonly Controller[];
  /** Names of CustomResourceDefinitions. */
  readonly crds: readonly string[];
  /** An object is a component, too, when it carries all labels of one of these. */
  readonly joins: readonly Labels[];
}

/** What manages a cluster, by what it is made of. */
export interface InstalledComponents {
  readonly components: readonly Components[];
  readonly certManager: Components | undefined;
  /** The CAPI operator, and whatever else brings providers. */
  readonly operator: Components | undefined;
}

/** What the installed providers of a cluster are made of: those of which programs are there, CRDs alone make none. */
export function installedComponents(
  { providers, certManager, parents }: Providers,
  source: ComponentSource,
): InstalledComponents {
  const installed = providers.filter(({ controllers }) => controllers.length > 0);
  return {
    components: installed.map((provider) => componentsOf(source, ownerOfProvider(provider))),
    certManager:
      certManager === undefined
        ? undefined
        : componentsOf(source, ownerOfCertManager(certManager, source)),
    operator:
      parents.length === 0 ? undefined : componentsOf(source, ownerOfOperator(parents, source)),
  };
}

/** Its own objects carry clusterctl's label, whether they were applied or come out of its Helm chart. */
function ownerOfOperator(
  controllers: readonly Controller[],
  source: ComponentSource,
): ComponentOwner {
  return {
    owner: CAPI_OPERATOR,
    namespace: undefined,
    controllers,
    crds: crdNames(source, [OPERATOR_GROUP]),
    joins: [{ [LABEL.clusterctlCore]: CAPI_OPERATOR }],
  };
}

function crdNames({ objects }: ComponentSource, groups: readonly string[]): readonly string[] {
  return objects
    .filter((object) => groups.includes(stringAt(object, "spec", "group") ?? ""))
    .map(({ metadata }) => metadata.name);
}

/** A provider begins with its controllers, its CRDs and clusterctl's provider label. */
export function ownerOfProvider(provider: Provider): ComponentOwner {
  const { label, namespace, controllers, crds } = provider;
  const joins = [{ [LABEL.provider]: label }];
  return { owner: label, namespace, controllers, crds, joins };
}

const APP_LABELS = ["app.kubernetes.io/name", "app.kubernetes.io/instance"] as const;

/** cert-manager has roles that nobody is bound to; they are told by the labels of its three programs. */
export function ownerOfCertManager(
  certManager: CertManager,
  source: ComponentSource,
): ComponentOwner {
  const { namespace, controllers } = certManager;
  const names = new Set(controllers.map(({ id }) => formatId(id)));
  const programs = source.objects.filter((object) => names.has(formatId(idOf(object))));
  const groups = [CERT_MANAGER_GROUP, `acme.${CERT_MANAGER_GROUP}`];
  return {
    owner: CERT_MANAGER,
    namespace,
    controllers,
    crds: crdNames(source, groups),
    joins: [{ [LABEL.clusterctlCore]: CERT_MANAGER }, ...programs.flatMap(appLabels)],
  };
}

function appLabels({ metadata }: KubeObject): readonly Labels[] {
  const [name, instance] = APP_LABELS.map((label) => metadata.labels?.[label]);
  if (name === undefined || instance === undefined) return [];
  return [{ [APP_LABELS[0]]: name, [APP_LABELS[1]]: instance }];
}

/**
 * Everything of one owner, without what the cluster or the provider makes at run time (contract C9).
 * References are followed both ways: a ServiceAccount leads to the bindings that name it, a Service to the webhooks
 * that call it.
 */
export function componentsOf(source: ComponentSource, owner: ComponentOwner): Components {
  const index = indexComponents(source);
  const found = new Map<string, KubeObject>();
  const queue = [...startOf(index, owner)];
  for (let object = queue.pop(); object !== undefined; object = queue.pop()) {
    const id = formatId(idOf(object));
    if (found.has(id) || isLeftBehind(object, index)) continue;
    found.set(id, object);
    queue.push(...referencesOf(object, index));
  }
  // In the order of the source, so that the same cluster gives the same list.
  const objects = source.objects.filter((object) => found.has(formatId(idOf(object))));
  return { owner: owner.owner, objects: inCreationOrder(objects) };
}

function startOf(index: ComponentIndex, owner: ComponentOwner): readonly KubeObject[] {
  const controllers = new Set(owner.controllers.map(({ id }) => formatId(id)));
  const crds = new Set(owner.crds);
  return [
    ...WORKLOADS.flatMap((kind) => index.ofKind(kind)).filter((object) =>
      controllers.has(formatId(idOf(object))),
    ),
    ...index.ofKind(CRD).filter(({ metadata }) => crds.has(metadata.name)),
    ...index.all.filter(({ metadata }) =>
      owner.joins.some((labels) => carries(metadata.labels ?? {}, labels)),
    ),
  ];
}

function carries(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
