import { describe, expect, test } from "bun:test";
import { LABEL } from "../../src/model/capi.ts";
import type { KubeObject } from "../../src/model/object.ts";
import type { Scope } from "../../src/model/plan.ts";
import {
  anObject,
  findingsText,
  inventoryOf,
  KINDS,
  plannedOf,
  planOf,
  verdictsText,
} from "./inventory-of.ts";

interface Case {
  readonly objects: readonly KubeObject[];
  readonly scope?: Partial<Scope>;
  readonly want: Readonly<Record<string, string>>;
  /** Default: none but of KIND_NOT_HELD, which is another test's matter. */
  readonly findings?: readonly string[];
}

function check(cases: Readonly<Record<string, Case>>): void {
  test.each(Object.entries(cases))("%s", (_name, { objects, scope = {}, want, findings = [] }) => {
    const plan = planOf(objects, { scope });
    expect(verdictsText(plan)).toEqual(want);
    const others = plan.findings.filter(({ code }) => code !== "KIND_NOT_HELD");
    expect(findingsText(others)).toEqual([...findings]);
  });
}

const refOf = (kind: string, name: string) => ({ kind, namespace: "ns1", name });
const classOf = (name: string, namespace?: string) => ({
  topology: { classRef: { name, ...(namespace === undefined ? {} : { namespace }) } },
});
const templateRef = (name: string) => ({
  infrastructure: {
    templateRef: {
      apiVersion: "infrastructure.cluster.x-k8s.io/v1beta2",
      kind: "DockerMachineTemplate",
      name,
    },
  },
});

describe("secrets by name", () => {
  check({
    "the six purposes belong to the cluster": {
      objects: [
        anObject("Cluster ns1/prod"),
        ...["ca", "etcd", "sa", "proxy", "kubeconfig", "apiserver-etcd-client"].map((purpose) =>
          anObject(`Secret ns1/prod-${purpose}`),
        ),
      ],
      want: {
        "Cluster ns1/prod": "move",
        "Secret ns1/prod-ca": "move",
        "Secret ns1/prod-etcd": "move",
        "Secret ns1/prod-sa": "move",
        "Secret ns1/prod-proxy": "move",
        "Secret ns1/prod-kubeconfig": "move",
        "Secret ns1/prod-apiserver-etcd-client": "move",
      },
    },
    "a longer name is another cluster's": {
      objects: [
        anObject("Cluster ns1/prod"),
        anObject("Cluster ns1/prod-eu"),
        anObject("Secret ns1/prod-ca"),
        anObject("Secret ns1/prod-eu-ca"),
      ],
      scope: { clusters: ["ns1/prod"] },
      want: {
        "Cluster ns1/prod": "move",
        "Secret ns1/prod-ca": "move",
        "Cluster ns1/prod-eu": "keep",
        "Secret ns1/prod-eu-ca": "keep",
      },
    },
    "a prefix alone makes no owner, nor does another namespace, nor a purpose that is none": {
      objects: [
        anObject("Cluster ns1/prod"),
        anObject("Cluster ns1/pro"),
        anObject("Secret ns1/prod-eu-ca"),
        anObject("Secret ns2/prod-ca"),
        anObject("Secret ns1/prod-password"),
        anObject("Secret ns1/prodca"),
        anObject("ConfigMap ns1/prod-ca"),
      ],
      want: { "Cluster ns1/prod": "move", "Cluster ns1/pro": "move" },
    },
    "a secret with an owner follows its owner": {
      objects: [
        anObject("Cluster ns1/prod"),
        anObject("Cluster ns1/other"),
        anObject("Secret ns1/prod-ca", { owners: ["Cluster ns1/other"] }),
      ],
      scope: { clusters: ["ns1/prod"] },
      want: {
        "Cluster ns1/prod": "move",
        "Cluster ns1/other": "keep",
        "Secret ns1/prod-ca": "keep",
      },
    },
  });
});

describe("classes", () => {
  const quick = [
    anObject("ClusterClass ns1/quick", { spec: templateRef("not-adopted-yet") }),
    anObject("DockerMachineTemplate ns1/t", { owners: ["ClusterClass ns1/quick"] }),
    anObject("DockerMachineTemplate ns1/not-adopted-yet"),
  ];
  const templates = (verdict: string) => ({
    "ClusterClass ns1/quick": verdict,
    "DockerMachineTemplate ns1/t": verdict,
    "DockerMachineTemplate ns1/not-adopted-yet": verdict,
  });
  const blue = anObject("Cluster ns1/blue", { spec: classOf("quick") });
  const green = anObject("Cluster ns2/green", { spec: classOf("quick", "ns1") });

  check({
    "a class moves with its namespace": {
      objects: [...quick, blue],
      scope: { namespaces: ["ns1"] },
      want: { ...templates("move"), "Cluster ns1/blue": "move" },
    },
    "a class comes from another namespace as a copy": {
      objects: [...quick, green],
      scope: { namespaces: ["ns2"] },
      want: { ...templates("copy"), "Cluster ns2/green": "move" },
    },
    "a class of a cluster that stays is kept, although its namespace moves": {
      objects: [...quick, blue, green],
      scope: { namespaces: ["ns1"] },
      want: { ...templates("copy"), "Cluster ns1/blue": "move", "Cluster ns2/green": "keep" },
    },
    "one of two clusters of a class": {
      objects: [...quick, blue, green],
      scope: { clusters: ["ns1/blue"] },
      want: { ...templates("copy"), "Cluster ns1/blue": "move", "Cluster ns2/green": "keep" },
    },
    "a class that a cluster left behind was made of": {
      objects: [...quick, blue, green],
      scope: { leave: [{ kind: "Cluster", namespace: "ns2", name: "green" }] },
      want: { ...templates("copy"), "Cluster ns1/blue": "move", "Cluster ns2/green": "keep" },
    },
    "a class of v1beta1 is named by other fields": {
      objects: [
        ...quick,
        anObject("Cluster ns2/old", {
          spec: { topology: { class: "quick", classNamespace: "ns1" } },
        }),
      ],
      scope: { clusters: ["ns2/old"] },
      want: { ...templates("copy"), "Cluster ns2/old": "move" },
    },
    "a template left behind does not come with a shared class": {
      objects: [...quick, green],
      scope: { clusters: ["ns2/green"], leave: [refOf("DockerMachineTemplate", "t")] },
      want: {
        ...templates("copy"),
        "DockerMachineTemplate ns1/t": "keep",
        "Cluster ns2/green": "move",
      },
    },
    "a class that nobody uses stays": {
      objects: [...quick, anObject("Cluster ns2/other")],
      scope: { namespaces: ["ns2"] },
      want: { ...templates("keep"), "Cluster ns2/other": "move" },
    },
  });

  test("the reason says who still needs it", () => {
    const plan = planOf([...quick, blue, green], { scope: { namespaces: ["ns1"] } });
    const reason = (key: string) => plannedOf(plan, key).verdict.reason;
    expect(reason("ClusterClass ns1/quick")).toBe(
      "root ClusterClass, shared: also used by Cluster.cluster.x-k8s.io ns2/green",
    );
    expect(reason("DockerMachineTemplate ns1/t")).toBe(
      "below ClusterClass.cluster.x-k8s.io ns1/quick, shared through its owners",
    );
  });
});

describe("resource sets", () => {
  const set = anObject("ClusterResourceSet ns1/cni", {
    spec: {
      resources: [
        { kind: "Secret", name: "s" },
        { kind: "ConfigMap", name: "c" },
      ],
    },
  });
  const binding = (name: string) =>
    anObject(`ClusterResourceSetBinding ns1/${name}`, {
      owners: ["ClusterResourceSet ns1/cni"],
      spec: { clusterName: name },
    });
  const resources = [
    anObject("Secret ns1/s", { owners: ["ClusterResourceSet ns1/cni"] }),
    anObject("ConfigMap ns1/c"),
  ];
  const objects = [
    anObject("Cluster ns1/a"),
    anObject("Cluster ns1/b"),
    set,
    ...resources,
    binding("a"),
    binding("b"),
  ];

  check({
    "all of it moves, adopted or not": {
      objects,
      want: {
        "Cluster ns1/a": "move",
        "Cluster ns1/b": "move",
        "ClusterResourceSet ns1/cni": "move",
        "Secret ns1/s": "move",
        "ConfigMap ns1/c": "move",
        "ClusterResourceSetBinding ns1/a": "move",
        "ClusterResourceSetBinding ns1/b": "move",
      },
    },
    "of a cluster that moves alone, the set is shared and the binding is its own": {
      objects,
      scope: { clusters: ["ns1/a"] },
      want: {
        "Cluster ns1/a": "move",
        "Cluster ns1/b": "keep",
        "ClusterResourceSet ns1/cni": "copy",
        "Secret ns1/s": "copy",
        "ConfigMap ns1/c": "copy",
        "ClusterResourceSetBinding ns1/a": "move",
        "ClusterResourceSetBinding ns1/b": "keep",
      },
    },
    "a set whose binding stays is not taken from it": {
      objects,
      scope: { leave: [refOf("Cluster", "b")] },
      want: {
        "Cluster ns1/a": "move",
        "Cluster ns1/b": "keep",
        "ClusterResourceSet ns1/cni": "copy",
        "Secret ns1/s": "copy",
        "ConfigMap ns1/c": "copy",
        "ClusterResourceSetBinding ns1/a": "move",
        "ClusterResourceSetBinding ns1/b": "keep",
      },
    },
  });
});

describe("addresses", () => {
  const claimOf = (cluster: string, pool: string) => [
    anObject(`DockerMachine ns1/${cluster}`, { owners: [`Cluster ns1/${cluster}`] }),
    anObject(`IPAddressClaim ns1/${cluster}`, { owners: [`DockerMachine ns1/${cluster}`] }),
    anObject(`IPAddress ns1/${cluster}`, { owners: [`IPAddressClaim ns1/${cluster}`, pool] }),
  ];
  const chain = (cluster: string, verdict: string) => ({
    [`Cluster ns1/${cluster}`]: verdict,
    [`DockerMachine ns1/${cluster}`]: verdict,
    [`IPAddressClaim ns1/${cluster}`]: verdict,
    [`IPAddress ns1/${cluster}`]: verdict,
  });
  const clusters = [anObject("Cluster ns1/a"), anObject("Cluster ns1/b")];
  const pool = "InClusterIPPool ns1/p";
  const labelled = new Map(KINDS);
  for (const [key, kind] of KINDS) {
    if (kind.kind !== "InClusterIPPool" || kind.crd === undefined) continue;
    const labels = { ...kind.crd.labels, [LABEL.moveHierarchy]: "" };
    labelled.set(key, { ...kind, crd: { ...kind.crd, labels } });
  }

  check({
    "a pool comes with the only cluster that takes from it": {
      objects: [...clusters, anObject(pool), ...claimOf("a", pool)],
      scope: { clusters: ["ns1/a"] },
      want: { ...chain("a", "move"), [pool]: "move", "Cluster ns1/b": "keep" },
    },
    "a pool that both take from is in the way": {
      objects: [...clusters, anObject(pool), ...claimOf("a", pool), ...claimOf("b", pool)],
      scope: { clusters: ["ns1/a"] },
      want: { ...chain("a", "move"), ...chain("b", "keep"), [pool]: "blocked" },
      findings: [`error POOL_SHARED ${pool}`],
    },
    "a pool of metal3 is a pool": {
      objects: [
        ...clusters,
        anObject("IPPool ns1/p"),
        ...claimOf("a", "IPPool ns1/p"),
        ...claimOf("b", "IPPool ns1/p"),
      ],
      scope: { clusters: ["ns1/a"] },
      want: { ...chain("a", "move"), ...chain("b", "keep"), "IPPool ns1/p": "blocked" },
      findings: ["error POOL_SHARED IPPool ns1/p"],
    },
    "both clusters together take the pool along": {
      objects: [...clusters, anObject(pool), ...claimOf("a", pool), ...claimOf("b", pool)],
      scope: { clusters: ["ns1/a", "ns1/b"] },
      want: { ...chain("a", "move"), ...chain("b", "move"), [pool]: "move" },
    },
    "a global pool of the whole cluster is copied, its addresses move": {
      objects: [
        anObject("Cluster ns1/a"),
        anObject("GlobalInClusterIPPool g"),
        ...claimOf("a", "GlobalInClusterIPPool g"),
      ],
      want: { ...chain("a", "move"), "GlobalInClusterIPPool g": "copy" },
    },
    "a global pool of a moved part is copied, and warned of": {
      objects: [
        ...clusters,
        anObject("GlobalInClusterIPPool g"),
        ...claimOf("a", "GlobalInClusterIPPool g"),
      ],
      scope: { clusters: ["ns1/a"] },
      want: {
        ...chain("a", "move"),
        "Cluster ns1/b": "keep",
        "GlobalInClusterIPPool g": "copy",
      },
      findings: ["warning POOL_SHARED GlobalInClusterIPPool g"],
    },
    "a global pool that both take from is in the way": {
      objects: [
        ...clusters,
        anObject("GlobalInClusterIPPool g"),
        ...claimOf("a", "GlobalInClusterIPPool g"),
        ...claimOf("b", "GlobalInClusterIPPool g"),
      ],
      scope: { clusters: ["ns1/a"] },
      want: {
        ...chain("a", "move"),
        ...chain("b", "keep"),
        "GlobalInClusterIPPool g": "blocked",
      },
      findings: ["error POOL_SHARED GlobalInClusterIPPool g"],
    },
    "a claim left behind keeps its pool": {
      objects: [clusters[0], anObject(pool), ...claimOf("a", pool)].filter(
        (one) => one !== undefined,
      ),
      scope: { leave: [refOf("IPAddressClaim", "a")] },
      want: {
        "Cluster ns1/a": "move",
        "DockerMachine ns1/a": "move",
        "IPAddressClaim ns1/a": "keep",
        "IPAddress ns1/a": "copy",
        [pool]: "blocked",
      },
      findings: [`error POOL_SHARED ${pool}`, "note OWNER_STAYS IPAddress ns1/a"],
    },
  });

  test("a pool whose kind is labelled as a root is not one that stays", () => {
    const objects = [...clusters, anObject(pool), ...claimOf("a", pool)];
    const source = inventoryOf(objects, { kinds: labelled });
    const plan = planOf(objects, { source, scope: { clusters: ["ns1/a"] } });
    expect(verdictsText(plan)).toEqual({
      ...chain("a", "move"),
      [pool]: "move",
      "Cluster ns1/b": "keep",
    });
  });
});

describe("labels", () => {
  const labelled = (label: string) => ({ labels: { [label]: "" } });
  const below = anObject("Secret ns1/below", { owners: ["Tenant ns1/t"] });

  check({
    "move-hierarchy takes everything below": {
      objects: [anObject("Tenant ns1/t", labelled(LABEL.moveHierarchy)), below],
      want: { "Tenant ns1/t": "move", "Secret ns1/below": "move" },
    },
    "move takes what would be collected with it": {
      objects: [anObject("Tenant ns1/t", labelled(LABEL.move)), below],
      want: { "Tenant ns1/t": "move", "Secret ns1/below": "move" },
    },
    "without a label, and of nobody's kind, it is not looked at": {
      objects: [anObject("Tenant ns1/t"), below],
      want: {},
    },
    "a labelled object outside of the scope stays, with what is below it": {
      objects: [
        anObject("Cluster ns2/a"),
        anObject("Tenant ns1/t", labelled(LABEL.moveHierarchy)),
        below,
      ],
      scope: { namespaces: ["ns2"] },
      want: { "Cluster ns2/a": "move", "Tenant ns1/t": "keep", "Secret ns1/below": "keep" },
    },
    "a labelled object below a moved cluster moves: both sides would act on a copy": {
      objects: [
        anObject("Cluster ns1/a"),
        anObject("BareMetalHost ns1/used", {
          owners: ["Cluster ns1/a"],
          ...labelled(LABEL.moveHierarchy),
        }),
        anObject("BareMetalHost ns1/free", labelled(LABEL.moveHierarchy)),
      ],
      scope: { clusters: ["ns1/a"] },
      want: {
        "Cluster ns1/a": "move",
        "BareMetalHost ns1/used": "move",
        "BareMetalHost ns1/free": "keep",
      },
    },
    "a labelled built-in object is asked for by its label": {
      objects: [anObject("ServiceAccount ns1/s", labelled(LABEL.move))],
      want: { "ServiceAccount ns1/s": "move" },
    },
  });

  test("a label on the CRD is one on every object", () => {
    const kinds = new Map(KINDS);
    const tenant = KINDS.get("Tenant.example.dev");
    if (tenant?.crd === undefined) throw new Error("no Tenant");
    const crd = { ...tenant.crd, labels: { [LABEL.move]: "" } };
    kinds.set("Tenant.example.dev", { ...tenant, crd });
    const objects = [anObject("Tenant ns1/t"), below];
    const plan = planOf(objects, { source: inventoryOf(objects, { kinds }) });
    expect(verdictsText(plan)).toEqual({ "Tenant ns1/t": "move", "Secret ns1/below": "move" });
  });
});

describe("what no root reaches", () => {
  const unowned = [
    anObject("MachineDrainRule ns1/rule"),
    anObject("InClusterIPPool ns1/p"),
    anObject("FleetClusterIdentity id"),
    anObject("Secret ns9/credentials", { owners: ["FleetClusterIdentity id"] }),
    anObject("ExtensionConfig ext"),
    anObject("Secret ns1/unrelated"),
    anObject("Tenant ns1/nobodys"),
    anObject("FleetClusterIdentity component", { labels: { [LABEL.clusterctl]: "" } }),
  ];

  check({
    "of a provider's kind goes with the whole cluster, but for its components": {
      objects: unowned,
      want: {
        "MachineDrainRule ns1/rule": "move",
        "InClusterIPPool ns1/p": "move",
        "FleetClusterIdentity id": "copy",
        "Secret ns9/credentials": "copy",
        "ExtensionConfig ext": "copy",
      },
    },
    "stays in a partial pivot": {
      objects: [...unowned, anObject("Cluster ns1/a")],
      scope: { namespaces: ["ns1"] },
      want: { "Cluster ns1/a": "move" },
    },
    "moves when its owners only own each other": {
      objects: [
        anObject("Machine ns1/one", { owners: ["Machine ns1/two"] }),
        anObject("Machine ns1/two", { owners: ["Machine ns1/one"] }),
      ],
      want: { "Machine ns1/one": "move", "Machine ns1/two": "move" },
      findings: ["note OWNER_CYCLE Machine ns1/two"],
    },
    "comes along as the owner of what moves": {
      objects: [
        anObject("Cluster ns1/a", { owners: ["Tenant ns1/t"] }),
        anObject("Tenant ns1/t"),
        anObject("Secret ns1/below", { owners: ["Tenant ns1/t"] }),
      ],
      scope: { clusters: ["ns1/a"] },
      want: { "Cluster ns1/a": "move", "Tenant ns1/t": "move", "Secret ns1/below": "move" },
    },
    "comes along as a copy when it owns what stays, too": {
      objects: [
        anObject("Cluster ns1/a", { owners: ["Tenant ns1/t"] }),
        anObject("Cluster ns1/b", { owners: ["Tenant ns1/t"] }),
        anObject("Tenant ns1/t"),
      ],
      scope: { clusters: ["ns1/a"] },
      want: { "Cluster ns1/a": "move", "Cluster ns1/b": "keep", "Tenant ns1/t": "copy" },
    },
  });
});

describe("kinds that nobody labelled", () => {
  check({
    "are moved when a moved object owns them": {
      objects: [
        anObject("Cluster ns1/a"),
        anObject("DockerMachine ns1/m", { owners: ["Cluster ns1/a"] }),
        anObject("ServerClaim ns1/m", { owners: ["DockerMachine ns1/m"] }),
        anObject("IPAddressClaim ns1/m", { owners: ["ServerClaim ns1/m"] }),
      ],
      want: {
        "Cluster ns1/a": "move",
        "DockerMachine ns1/m": "move",
        "ServerClaim ns1/m": "move",
        "IPAddressClaim ns1/m": "move",
      },
    },
  });
});

describe("--include and --leave", () => {
  const agent = [
    anObject("Cluster ns1/a"),
    anObject("Deployment ns1/agent", { owners: ["Cluster ns1/a"] }),
    anObject("ReplicaSet ns1/agent", { owners: ["Deployment ns1/agent"] }),
  ];

  check({
    "an included object moves, with what is below it": {
      objects: [
        anObject("Tenant ns1/t"),
        anObject("Secret ns1/below", { owners: ["Tenant ns1/t"] }),
        anObject("Cluster ns2/a"),
      ],
      scope: { clusters: ["ns2/a"], include: [refOf("Tenant", "t")] },
      want: { "Tenant ns1/t": "move", "Secret ns1/below": "move", "Cluster ns2/a": "move" },
    },
    "an included built-in object moves; what it owns has to be named as well": {
      objects: agent,
      scope: { include: [refOf("Deployment.apps", "agent")] },
      want: {
        "Cluster ns1/a": "move",
        "Deployment ns1/agent": "move",
        "ReplicaSet ns1/agent": "blocked",
      },
      findings: ["error FOREIGN_DEPENDENT ReplicaSet ns1/agent"],
    },
    "what is left behind keeps what is below it": {
      objects: agent,
      scope: { leave: [refOf("Deployment", "agent")] },
      want: {
        "Cluster ns1/a": "move",
        "Deployment ns1/agent": "keep",
        "ReplicaSet ns1/agent": "keep",
      },
    },
    "a cluster left behind keeps everything of its own": {
      objects: [
        anObject("Cluster ns1/a"),
        anObject("Cluster ns1/b"),
        anObject("Machine ns1/b", { owners: ["Cluster ns1/b"] }),
        anObject("DockerMachine ns1/b", { owners: ["Machine ns1/b"] }),
        anObject("Secret ns1/b-ca"),
      ],
      scope: { leave: [refOf("Cluster", "b")] },
      want: {
        "Cluster ns1/a": "move",
        "Cluster ns1/b": "keep",
        "Machine ns1/b": "keep",
        "DockerMachine ns1/b": "keep",
        "Secret ns1/b-ca": "keep",
      },
    },
    "of an owner left behind, what else is below a moved cluster moves without it": {
      objects: [
        anObject("Tenant ns1/t"),
        anObject("Cluster ns1/a"),
        anObject("Machine ns1/m", { owners: ["Cluster ns1/a", "Tenant ns1/t"] }),
      ],
      scope: { leave: [refOf("Tenant", "t")] },
      want: { "Tenant ns1/t": "keep", "Cluster ns1/a": "move", "Machine ns1/m": "move" },
      findings: ["warning OWNER_STAYS Machine ns1/m"],
    },
    "a machine of a cluster that stays cannot be taken from it": {
      objects: [
        anObject("Cluster ns1/a"),
        anObject("Cluster ns1/b"),
        anObject("MachineSet ns1/b", { owners: ["Cluster ns1/b"] }),
        anObject("Machine ns1/b", { owners: ["MachineSet ns1/b"] }),
      ],
      scope: { clusters: ["ns1/a"], include: [refOf("Machine", "b")] },
      want: {
        "Cluster ns1/a": "move",
        "Cluster ns1/b": "blocked",
        "MachineSet ns1/b": "copy",
        "Machine ns1/b": "move",
      },
      findings: ["error OWNER_STAYS Cluster ns1/b"],
    },
  });

  test("the references to cut are those that lead to what leaves", () => {
    const objects = [
      anObject("Cluster ns1/a"),
      anObject("FleetClusterIdentity id"),
      anObject("Tenant ns1/t", {
        owners: ["Cluster ns1/a", "FleetClusterIdentity id", "Machine ns1/gone"],
      }),
    ];
    const { leaves } = planOf(objects, { scope: { leave: [refOf("Tenant", "t")] } });
    expect(leaves.map(({ uid, cut }) => [uid, cut])).toEqual([
      ["uid of Tenant ns1/t", ["uid of Cluster ns1/a"]],
    ]);
  });
});

describe("shared between clusters by reference", () => {
  check({
    "a binding that names a cluster that stays keeps nobody else there": {
      objects: [
        anObject("Cluster ns1/a"),
        anObject("Cluster ns1/b"),
        anObject("ClusterResourceSetBinding ns1/b", {
          owners: ["Cluster ns1/a"],
          spec: { clusterName: "b" },
        }),
      ],
      scope: { clusters: ["ns1/a"] },
      want: {
        "Cluster ns1/a": "move",
        "Cluster ns1/b": "keep",
        "ClusterResourceSetBinding ns1/b": "copy",
      },
      findings: ["error OWNER_MOVES ClusterResourceSetBinding ns1/b"],
    },
    "a template of a cluster that moves and one that stays is copied": {
      objects: [
        anObject("Cluster ns1/a"),
        anObject("Cluster ns1/b"),
        anObject("DockerMachineTemplate ns1/t", { owners: ["Cluster ns1/a", "Cluster ns1/b"] }),
      ],
      scope: { clusters: ["ns1/a"] },
      want: {
        "Cluster ns1/a": "move",
        "Cluster ns1/b": "keep",
        "DockerMachineTemplate ns1/t": "copy",
      },
      findings: ["note OWNER_STAYS DockerMachineTemplate ns1/t"],
    },
    "an owner of the moved one alone moves, whatever the two share": {
      objects: [
        anObject("Tenant ns1/t"),
        anObject("Cluster ns1/a", { owners: ["Tenant ns1/t"] }),
        anObject("Cluster ns1/b"),
        anObject("DockerMachineTemplate ns1/t", { owners: ["Cluster ns1/a", "Cluster ns1/b"] }),
      ],
      scope: { clusters: ["ns1/a"] },
      want: {
        "Tenant ns1/t": "move",
        "Cluster ns1/a": "move",
        "Cluster ns1/b": "keep",
        "DockerMachineTemplate ns1/t": "copy",
      },
      findings: ["note OWNER_STAYS DockerMachineTemplate ns1/t"],
    },
    "a chosen cluster moves whatever labelled object it is below": {
      objects: [
        anObject("Tenant ns1/t", { labels: { [LABEL.moveHierarchy]: "" } }),
        anObject("Cluster ns1/a", { owners: ["Tenant ns1/t"] }),
        anObject("Machine ns1/m", { owners: ["Cluster ns1/a"] }),
        anObject("Cluster ns1/b", { owners: ["Tenant ns1/t"] }),
      ],
      scope: { clusters: ["ns1/a"] },
      want: {
        "Tenant ns1/t": "copy",
        "Cluster ns1/a": "move",
        "Machine ns1/m": "move",
        "Cluster ns1/b": "keep",
      },
    },
  });
});

describe("identities", () => {
  const named = (kind: string) => ({ identityRef: { kind, name: "id" } });
  const secret = anObject("Secret provider/id-credentials", {
    owners: ["FleetClusterIdentity id"],
  });
  check({
    "one that a moved Cluster is reconciled with comes along, with its Secret, and stays": {
      objects: [
        anObject("Cluster ns1/a"),
        anObject("DockerCluster ns1/a", {
          owners: ["Cluster ns1/a"],
          spec: named("FleetClusterIdentity"),
        }),
        anObject("FleetClusterIdentity id"),
        anObject("FleetClusterIdentity other"),
        secret,
      ],
      scope: { clusters: ["ns1/a"] },
      want: {
        "Cluster ns1/a": "move",
        "DockerCluster ns1/a": "move",
        "FleetClusterIdentity id": "copy",
        "Secret provider/id-credentials": "copy",
      },
    },
    "so does a Secret that stands for one, in a whole pivot too": {
      objects: [
        anObject("Cluster ns1/a"),
        anObject("DockerCluster ns1/a", { owners: ["Cluster ns1/a"], spec: named("Secret") }),
        anObject("Secret ns1/id"),
        anObject("Secret ns1/other"),
      ],
      want: {
        "Cluster ns1/a": "move",
        "DockerCluster ns1/a": "move",
        "Secret ns1/id": "copy",
      },
    },
    "one that a template names comes too": {
      objects: [
        anObject("Cluster ns1/a", { spec: classOf("c") }),
        anObject("ClusterClass ns1/c"),
        anObject("DockerClusterTemplate ns1/t", {
          owners: ["ClusterClass ns1/c"],
          spec: { template: { spec: named("FleetClusterIdentity") } },
        }),
        anObject("FleetClusterIdentity id"),
      ],
      scope: { clusters: ["ns1/a"] },
      want: {
        "Cluster ns1/a": "move",
        "ClusterClass ns1/c": "copy",
        "DockerClusterTemplate ns1/t": "copy",
        "FleetClusterIdentity id": "copy",
      },
    },
  });
});
