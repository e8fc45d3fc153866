// What manages a fleet: providers, the programs they run as and the components they are made of.
import type { KubeObject, ObjectId } from "./object.ts";

/** clusterctl's types in the order in which providers are installed (cmd/clusterctl/api/v1alpha3/provider_type.go). */
export const PROVIDER_TYPES = [
  "CoreProvider",
  "BootstrapProvider",
  "ControlPlaneProvider",
  "InfrastructureProvider",
  "IPAMProvider",
  "RuntimeExtensionProvider",
  "AddonProvider",
] as const;

export type ProviderType = (typeof PROVIDER_TYPES)[number];

/** What showed that a provider is there; several may. */
export type Evidence =
  | "inventory" // clusterctl's Provider object
  | "operator" // a *Provider object of the CAPI operator
  | "label" // cluster.x-k8s.io/provider on its components
  | "crd" // contract labels or group of a CRD
  | "workload"; // a Deployment or StatefulSet that serves or watches its CRDs

/** How it came into the cluster, as far as its components tell. */
export type Origin = "clusterctl" | "operator" | "helm" | "unknown";

/** A program in a cluster: what is scaled to stop it. */
export interface Controller {
  readonly id: ObjectId;
  readonly uid: string;
  /** Wanted; a DaemonSet counts as 1 and cannot be scaled. */
  readonly replicas: number;
  /** Of its first container that looks like a manager, for messages. */
  readonly image: string;
  /** `--feature-gates` of its containers, by name. */
  readonly featureGates: Readonly<Record<string, string>>;
  /** Who else would scale it: autoscalers and GitOps tools, in words; absent: nobody. */
  readonly managedBy?: readonly string[];
}

/** Named by `--controller`: a program that acts on moved objects and is no provider's. */
export interface NamedController extends Controller {
  /** API groups that its ClusterRoles let it write; undefined: not known, so any. */
  readonly groups: readonly string[] | undefined;
}

/** One provider of one cluster. */
export interface Provider {
  /** clusterctl's manifest label, the key of a provider: `cluster-api`, `infrastructure-docker`. */
  readonly label: string;
  readonly name: string;
  readonly type: ProviderType | undefined;
  /** Semver with `v`, undefined when nothing tells. */
  readonly version: string | undefined;
  readonly namespace: string | undefined;
  readonly controllers: readonly Controller[];
  /** Names of its CustomResourceDefinitions. */
  readonly crds: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly origin: Origin;
}

/** Everything that runs a fleet in one cluster. */
export interface Providers {
  readonly providers: readonly Provider[];
  /** The CAPI operator and other programs that would bring providers back; stopped first. */
  readonly parents: readonly Controller[];
  /** Named by `--controller`. */
  readonly others: readonly NamedController[];
  readonly certManager: CertManager | undefined;
}

export type BothProviders = Readonly<Record<"source" | "target", Providers>>;

/**
 * What a provider of the source is in the target: `same`, `older` or `newer` by version, there at an `unknown` version,
 * its `kinds` without anybody who acts on them, or `absent`.
 */
export type Comparison = "same" | "older" | "newer" | "unknown" | "kinds" | "absent";

export interface ComparedProvider {
  readonly source: Provider;
  /** Whatever labels somebody else may have installed it under. */
  readonly target: Provider | undefined;
  readonly comparison: Comparison;
}

export interface ComparedProviders extends BothProviders {
  /** One per provider of the source, in their order. */
  readonly compared: readonly ComparedProvider[];
}

/** cert-manager, whoever installed it. */
export interface CertManager {
  readonly namespace: string;
  readonly version: string | undefined;
  readonly controllers: readonly Controller[];
}

/** The objects that make up a provider, without those that the cluster or the provider itself makes at run time. */
export interface Components {
  /** `label` of the provider, or `cert-manager`. */
  readonly owner: string;
  /** As the source holds them, in the order of creation. */
  readonly objects: readonly KubeObject[];
}

/** Which controllers of the source stop, and when. */
export interface StopPlan {
  /** First: they would bring the others back. */
  readonly parents: readonly Controller[];
  /** Before anything is copied. */
  readonly controllers: readonly Controller[];
  /** After the originals are deleted. */
  readonly late: readonly Controller[];
  /** Labels of the providers that stop late: until then their controllers hold still only because they are paused. */
  readonly lateProviders: readonly string[];
}
