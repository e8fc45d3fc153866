// IPAM: a pool, and a claim and an address for each DockerMachine given.
import { LABEL } from "../../../src/model/capi.ts";
import { groupRef } from "./cluster-scope.ts";
import { readyStatus } from "./conditions.ts";
import { blockedBy, controlledBy, type FleetObject, MANAGER } from "./fleet-object.ts";

export interface IpPoolOptions {
  readonly name: string;
  /** Undefined: a GlobalInClusterIPPool. */
  readonly namespace?: string;
  /** `10.20.30`: a /24. */
  readonly network: string;
  /** Puts the cluster's label on pool and claims, `spec.clusterName` on claims. */
  readonly cluster?: string;
  /** One claim and one address each; take them from a cluster's objects. */
  readonly machines?: readonly FleetObject[];
}

/** The pool, then a claim and an address per machine. */
export function anIpPool(options: IpPoolOptions): readonly FleetObject[] {
  const machines = options.machines ?? [];
  const pool = poolObject(options, machines.length);
  const allocations = machines.flatMap((machine, index) => {
    const claim = claimObject(options, pool, machine);
    return [claim, addressObject(options, pool, claim, index)];
  });
  return [pool, ...allocations];
}

function labelsOf(cluster: string | undefined): { readonly labels?: Record<string, string> } {
  return cluster === undefined ? {} : { labels: { [LABEL.clusterName]: cluster } };
}

function poolObject(options: IpPoolOptions, used: number): FleetObject {
  const { name, namespace, network, cluster } = options;
  return {
    kind: namespace === undefined ? "GlobalInClusterIPPool" : "InClusterIPPool",
    ...(namespace === undefined ? {} : { namespace }),
    name,
    creation: { manager: MANAGER.kubectl, ...labelsOf(cluster) },
    content: {
      spec: { addresses: [`${network}.10-${network}.250`], prefix: 24, gateway: `${network}.1` },
    },
    owners: [],
    ...(used === 0 ? {} : { adoption: { finalizers: ["ipam.cluster.x-k8s.io/ProtectPool"] } }),
    status: () => ({ ipAddresses: { total: 241, used, free: 241 - used, outOfRange: 0 } }),
  };
}

function claimObject(options: IpPoolOptions, pool: FleetObject, machine: FleetObject): FleetObject {
  const name = `${machine.name}-${options.name}`;
  return {
    kind: "IPAddressClaim",
    ...(machine.namespace === undefined ? {} : { namespace: machine.namespace }),
    name,
    creation: { manager: MANAGER.controller, ...labelsOf(options.cluster) },
    content: {
      spec: {
        ...(options.cluster === undefined ? {} : { clusterName: options.cluster }),
        poolRef: groupRef(pool.kind, pool.name),
      },
    },
    owners: [controlledBy(machine)],
    adoption: { finalizers: ["ipam.cluster.x-k8s.io/ReleaseAddress"] },
    status: readyStatus({
      conditions: [["Ready", "AddressAllocated"]],
      fields: { addressRef: { name } },
    }),
  };
}

function addressObject(
  options: IpPoolOptions,
  pool: FleetObject,
  claim: FleetObject,
  index: number,
): FleetObject {
  return {
    kind: "IPAddress",
    ...(claim.namespace === undefined ? {} : { namespace: claim.namespace }),
    name: claim.name,
    creation: {
      manager: MANAGER.controller,
      finalizers: ["ipam.cluster.x-k8s.io/ProtectAddress"],
    },
    content: {
      spec: {
        claimRef: { name: claim.name },
        poolRef: groupRef(pool.kind, pool.name),
        address: `${options.network}.${10 + index}`,
        prefix: 24,
        gateway: `${options.network}.1`,
      },
    },
    owners: [controlledBy(claim), blockedBy(pool)],
  };
}
