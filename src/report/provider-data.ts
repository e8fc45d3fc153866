// A provider as data for programs; docs/plan.md is the contract. What is not known is absent. Pure.
import type { ObjectId } from "../model/object.ts";
import type { Controller, Evidence, Origin, Provider, ProviderType } from "../model/provider.ts";
import { plainId } from "./plain-id.ts";

export interface ProviderData {
  readonly label: string;
  readonly name: string;
  readonly type?: ProviderType;
  readonly version?: string;
  readonly namespace?: string;
  readonly controllers: readonly ControllerData[];
  readonly crds: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly origin: Origin;
}

export interface ControllerData {
  readonly id: ObjectId;
  readonly uid: string;
  readonly replicas: number;
  readonly image: string;
  readonly featureGates: Readonly<Record<string, string>>;
  readonly managedBy: readonly string[];
}

export function providerData(provider: Provider): ProviderData {
  const { label, name, type, version, namespace, controllers, crds, evidence, origin } = provider;
  return {
    label,
    name,
    ...(type === undefined ? {} : { type }),
    ...(version === undefined ? {} : { version }),
    ...(namespace === undefined ? {} : { namespace }),
    controllers: controllers.map(controllerData),
    crds: [...crds],
    evidence: [...evidence],
    origin,
  };
}

export function controllerData(controller: Controller): ControllerData {
  const { id, uid, replicas, image, featureGates, managedBy = [] } = controller;
  return {
    id: plainId(id),
    uid,
    replicas,
    image,
    featureGates: { ...featureGates },
    managedBy: [...managedBy],
  };
}
