import { describe, expect, test } from "bun:test";
import type { Inventory } from "../../src/model/inventory.ts";
import { findProviders } from "../../src/plan/providers.ts";
import {
  aKind,
  aNamespace,
  anAdmission,
  anAutoscaler,
  anEntry,
  aProgram,
  aRequest,
  aRole,
  aService,
  clusterctlInit,
  contract,
  controllersText,
  HELM,
  type Installation,
  installed,
  labelled,
  providersText,
} from "./installations.ts";

/** A provider that nobody labelled: CRDs converted by a Service, and the program behind it. */
function unlabelled(
  kinds: readonly string[],
  path: string,
  facts: Parameters<typeof aProgram>[1] = {},
): Installation {
  const namespace = path.split("/")[0] ?? "";
  const service = `${namespace}/webhook-service`;
  const selector = { "control-plane": namespace };
  return {
    kinds: kinds.map((kind) => aKind(kind, contract, { conversion: { service } })),
    services: [aService(service, selector)],
    workloads: [aProgram(path, { podLabels: selector, ...facts })],
  };
}

describe("providers by the way they were installed", () => {
  const cases: Readonly<Record<string, readonly [Inventory, readonly string[]]>> = {
    "by clusterctl init": [
      installed(clusterctlInit()),
      [
        "cluster-api v1.14.2 in capi-system, clusterctl: inventory label crd; 1 × capi-system/capi-controller-manager; 2 crds",
        "infrastructure-docker v1.14.2 in capd-system, clusterctl: inventory label crd; 1 × capd-system/capd-controller-manager; 2 crds",
      ],
    ],
    "by Helm, labelled": [
      installed({
        kinds: [aKind("DockerCluster", { ...labelled("infrastructure-docker"), ...HELM })],
        workloads: [
          aProgram("capd/capd", {
            labels: { ...labelled("infrastructure-docker"), ...HELM },
            image: "example.org/capd-manager:1.13.0@sha256:0123",
          }),
        ],
      }),
      ["infrastructure-docker v1.13.0 in capd, helm: label crd; 1 × capd/capd; 1 crds"],
    ],
    "by Helm, with an inventory that somebody wrote for clusterctl move": [
      installed({
        kinds: [aKind("Cluster")],
        workloads: [
          aProgram("capi/capi", {
            labels: labelled("cluster-api"),
            annotations: { "meta.helm.sh/release-name": "capi" },
          }),
        ],
        inventory: [anEntry("capi/cluster-api", "CoreProvider", "cluster-api", "v1.14.2")],
      }),
      ["cluster-api v1.14.2 in capi, helm: inventory label crd; 1 × capi/capi; 1 crds"],
    ],
    "by Helm, with no label that Cluster API knows": [
      installed(
        unlabelled(["FooCluster", "FooMachine", "FooImage"], "foo/manager", {
          labels: { ...HELM, "app.kubernetes.io/version": "2.0.0" },
        }),
      ),
      ["infrastructure-foo v2.0.0 in foo, helm: crd workload; 1 × foo/manager; 3 crds"],
    ],
    "by the operator": [
      installed({
        kinds: [aKind("DockerCluster", labelled("infrastructure-docker"))],
        workloads: [
          aProgram("capd-system/capd", {
            labels: labelled("infrastructure-docker"),
            image: "x/capd-manager:v1.14.0",
          }),
        ],
        operator: [aRequest("InfrastructureProvider", "capd-system/docker", "v1.14.2", "v1.14.1")],
      }),
      [
        "infrastructure-docker v1.14.1 in capd-system, operator: operator label crd; 1 × capd-system/capd; 1 crds",
      ],
    ],
    "asked for of the operator, not there yet": [
      installed({ operator: [aRequest("CoreProvider", "capi-system/cluster-api", "v1.14.2")] }),
      ["cluster-api v1.14.2 in capi-system, operator: operator; 0 crds"],
    ],
    "by kubectl apply, without labels": [
      installed(
        unlabelled(["Cluster", "Machine", "ClusterResourceSet", "IPAddress"], "capi-system/m", {
          image: "registry.k8s.io/cluster-api/cluster-api-controller:v1.14.2",
        }),
        unlabelled(["KubeadmConfig", "KubeadmConfigTemplate"], "cabpk/m"),
        unlabelled(["KubeadmControlPlane", "KubeadmControlPlaneTemplate"], "kcp/m"),
        unlabelled(["DockerCluster", "DockerMachine", "DevCluster"], "capd-system/m"),
      ),
      [
        "cluster-api v1.14.2 in capi-system, unknown: crd workload; 1 × capi-system/m; 4 crds",
        "bootstrap-kubeadm ? in cabpk, unknown: crd workload; 1 × cabpk/m; 2 crds",
        "control-plane-kubeadm ? in kcp, unknown: crd workload; 1 × kcp/m; 2 crds",
        "infrastructure-docker ? in capd-system, unknown: crd workload; 1 × capd-system/m; 3 crds",
      ],
    ],
    "two infrastructure providers in one group, one of them labelled": [
      installed(
        clusterctlInit(),
        unlabelled(["AWSCluster", "AWSManagedControlPlane", "ROSANetwork"], "capa-system/capa"),
      ),
      [
        "cluster-api v1.14.2 in capi-system, clusterctl: inventory label crd; 1 × capi-system/capi-controller-manager; 2 crds",
        "infrastructure-aws ? in capa-system, unknown: crd workload; 1 × capa-system/capa; 3 crds",
        "infrastructure-docker v1.14.2 in capd-system, clusterctl: inventory label crd; 1 × capd-system/capd-controller-manager; 2 crds",
      ],
    ],
    "twice, in two namespaces at two versions": [
      installed({
        kinds: [aKind("Cluster", labelled("cluster-api"))],
        workloads: [
          aProgram("tenant-a/capi", { labels: labelled("cluster-api") }),
          aProgram("tenant-b/capi", { labels: labelled("cluster-api") }),
        ],
        inventory: [
          anEntry("tenant-b/cluster-api", "CoreProvider", "cluster-api", "v1.13.0"),
          anEntry("tenant-a/cluster-api", "CoreProvider", "cluster-api", "v1.14.2"),
        ],
      }),
      [
        "cluster-api v1.14.2 in tenant-a, clusterctl: inventory label crd; 1 × tenant-a/capi; 1 crds",
        "cluster-api v1.13.0 in tenant-b, clusterctl: inventory label; 1 × tenant-b/capi; 0 crds",
      ],
    ],
    "a runtime extension, which has no CRDs": [
      installed({
        workloads: [
          aProgram("caren/caren", { labels: labelled("runtime-extensions-nutanix"), replicas: 2 }),
        ],
      }),
      ["runtime-extensions-nutanix ? in caren, unknown: label; 2 × caren/caren; 0 crds"],
    ],
    "CRDs that were left behind": [
      installed({ kinds: [aKind("DockerCluster", labelled("infrastructure-docker"))] }),
      ["infrastructure-docker ? in ?, unknown: label crd; 1 crds"],
    ],
    "a namespace that was left behind": [
      installed({ namespaces: [aNamespace("capd-system", labelled("infrastructure-docker"))] }),
      [],
    ],
    "the namespace of a provider without a program": [
      installed({
        kinds: [aKind("DockerCluster", labelled("infrastructure-docker"))],
        namespaces: [aNamespace("capd-system", labelled("infrastructure-docker"))],
      }),
      ["infrastructure-docker ? in capd-system, unknown: label crd; 1 crds"],
    ],
  };

  test.each(Object.entries(cases))("%s", (_name, [inventory, want]) => {
    expect(providersText(findProviders(inventory, []))).toEqual([...want]);
  });

  test("what came first does not matter", () => {
    const kinds = ["Foo", "Bar"].flatMap((name) => [`${name}Cluster`, `${name}Machine`]);
    const parts = [clusterctlInit(), unlabelled(kinds, "foo/manager")];
    const want = findProviders(installed(...parts), []);
    expect(findProviders(installed(...parts.toReversed()), [])).toEqual(want);
  });
});

describe("programs without a label", () => {
  const names = (inventory: Inventory, named: readonly string[] = []) =>
    findProviders(inventory, named).providers.flatMap(({ label, ...one }) =>
      controllersText(one).map((text) => `${label}: ${text}`),
    );
  const admission = (groups: readonly string[], resources: readonly string[]) =>
    anAdmission("hooks", "ns/hooks", [{ groups, resources }]);
  const behind = { podLabels: { app: "hooks" } };
  const service = aService("ns/hooks", { app: "hooks" });

  test("one that admits the kinds of a provider without a controller is its controller", () => {
    const inventory = installed({
      kinds: [aKind("FooCluster", contract)],
      services: [service],
      webhooks: [admission(["infrastructure.cluster.x-k8s.io"], ["fooclusters"])],
      workloads: [aProgram("ns/foo", behind)],
    });
    expect(names(inventory)).toEqual(["infrastructure-foo: 1 × ns/foo"]);
  });

  test("one that admits those of a provider with a controller is somebody else", () => {
    const inventory = installed(clusterctlInit(), {
      services: [service],
      webhooks: [admission(["cluster.x-k8s.io"], ["clusters"])],
      workloads: [aProgram("ns/policies", behind)],
    });
    expect(names(inventory)).not.toContain("cluster-api: 1 × ns/policies");
  });

  test("one that admits other kinds, too, is a policy engine", () => {
    const inventory = installed({
      kinds: [aKind("Cluster")],
      services: [service],
      webhooks: [admission(["cluster.x-k8s.io", "apps"], ["*"])],
      workloads: [aProgram("ns/policies", behind)],
    });
    expect(names(inventory)).toEqual([]);
  });

  test("one that may write the status of a provider's kinds is its controller", () => {
    const inventory = installed(
      { kinds: [aKind("FooCluster"), aKind("FooMachine"), aKind("Cluster")] },
      { workloads: [aProgram("ns/foo", { account: "foo" }), aProgram("ns/reader")] },
      aRole("foo", "ns/foo", [
        { groups: ["infrastructure.cluster.x-k8s.io"], resources: ["fooclusters/status"] },
        { groups: ["cluster.x-k8s.io"], resources: ["clusters"] },
      ]),
      aRole("reader", "ns/manager", [{ groups: ["*"], resources: ["*"] }], ["get", "list"]),
    );
    expect(names(inventory)).toEqual(["infrastructure-foo: 1 × ns/foo"]);
  });

  test("an autoscaler, which may write machines but not their status, is none", () => {
    const inventory = installed(
      { kinds: [aKind("Machine")], workloads: [aProgram("ns/autoscaler", { account: "ca" })] },
      aRole("ca", "ns/ca", [{ groups: ["cluster.x-k8s.io"], resources: ["machines"] }]),
    );
    expect(names(inventory)).toEqual([]);
  });

  test("an image that upstream publishes is enough when nothing else tells", () => {
    const inventory = installed({
      kinds: [aKind("Cluster")],
      workloads: [aProgram("ns/a", { image: "mirror:5000/k8s/cluster-api-controller:v1.14.2" })],
    });
    expect(names(inventory)).toEqual(["cluster-api: 1 × ns/a"]);
  });

  test("a program that the operator named is none of a provider's unless it converts its kinds", () => {
    const image = "x/cluster-api-controller:v1";
    const alone = installed({
      kinds: [aKind("Cluster")],
      workloads: [aProgram("ns/a", { image })],
    });
    expect(names(alone, ["ns/a"])).toEqual([]);
    expect(names(installed(unlabelled(["Cluster"], "ns/a")), ["ns/a"])).toEqual([
      "cluster-api: 1 × ns/a",
    ]);
  });
});

describe("what stands beside providers", () => {
  test("the operator is their parent, by whatever tells", () => {
    const service = "o/operator-webhook-service";
    const { parents, providers } = findProviders(
      installed(clusterctlInit(), {
        workloads: [
          aProgram("a/operator", {
            labels: { "clusterctl.cluster.x-k8s.io/core": "capi-operator" },
          }),
          aProgram("b/operator", { image: "x/cluster-api-operator:v0.24.0" }),
          aProgram("c/turtles", { image: "rancher/turtles:v0.20.0", kind: "StatefulSet" }),
          aProgram("o/operator", { podLabels: { app: "o" } }),
        ],
        services: [aService(service, { app: "o" })],
        kinds: [aKind("CoreProvider", {}, { conversion: { service } })],
      }),
      [],
    );
    expect(controllersText({ controllers: parents })).toEqual([
      "1 × a/operator",
      "1 × b/operator",
      "1 × c/turtles",
      "1 × o/operator",
    ]);
    expect(providers.map(({ label }) => label)).toEqual(["cluster-api", "infrastructure-docker"]);
  });

  test("a program named by --controller is listed with the groups it may write", () => {
    const bmo = "baremetal-operator-system/baremetal-operator-controller-manager";
    const ironic = "baremetal-operator-system/ironic";
    const { others } = findProviders(
      installed(
        { workloads: [aProgram(bmo, { account: "bmo" }), aProgram(ironic, { kind: "DaemonSet" })] },
        aRole("bmo", "baremetal-operator-system/bmo", [
          { groups: ["metal3.io", ""], resources: ["*"] },
        ]),
      ),
      [bmo, ironic, "ns/nobody"],
    );
    expect(others.map(({ id, groups, replicas }) => [id.name, id.kind, replicas, groups])).toEqual([
      ["baremetal-operator-controller-manager", "Deployment", 1, ["", "metal3.io"]],
      ["ironic", "DaemonSet", 1, undefined],
    ]);
  });

  const certManager = (labels: Readonly<Record<string, string>>, image: string) =>
    installed({
      kinds: [aKind("Certificate")],
      workloads: ["cert-manager", "cainjector", "webhook"].map((name) =>
        aProgram(`certs/${name}`, {
          labels: { ...labels, "app.kubernetes.io/name": name },
          image: image.replace("NAME", name === "cert-manager" ? "controller" : name),
        }),
      ),
    });

  test.each([
    [
      "Helm",
      certManager(
        { ...HELM, "app.kubernetes.io/instance": "cm", "app.kubernetes.io/version": "v1.21.1" },
        "quay.io/jetstack/cert-manager-NAME:v1.21.1",
      ),
    ],
    [
      "clusterctl, from a mirror with other names",
      certManager({ "clusterctl.cluster.x-k8s.io/core": "cert-manager" }, "mirror/NAME:v1.21.1"),
    ],
    [
      "its own manifests, by digest",
      certManager(
        { "app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/version": "v1.21.1" },
        "mirror/NAME@sha256:0123",
      ),
    ],
  ])("cert-manager installed by %s", (_name, inventory) => {
    const { certManager: found, providers } = findProviders(inventory, []);
    expect(found).toMatchObject({ namespace: "certs", version: "v1.21.1" });
    expect(found?.controllers).toHaveLength(3);
    expect(providers).toEqual([]);
  });

  test("cert-manager's CRDs alone are no cert-manager", () => {
    const inventory = installed({ kinds: [aKind("Certificate")] });
    expect(findProviders(inventory, []).certManager).toBeUndefined();
  });
});

describe("a controller", () => {
  const controllerOf = (facts: Parameters<typeof aProgram>[1], more: Installation = {}) => {
    const labels = { ...labelled("cluster-api"), ...facts?.labels };
    const workloads = [aProgram("ns/capi", { ...facts, labels })];
    const { providers } = findProviders(installed({ workloads }, more), []);
    return providers[0]?.controllers[0];
  };

  test("is told by its manager, not by what stands beside it", () => {
    const { image } = controllerOf({ image: "x/capi:v1", sidecar: "x/kube-rbac-proxy:v0" }) ?? {};
    expect(image).toBe("x/capi:v1");
  });

  test.each<[string, readonly string[], object]>([
    ["in one flag", ["--feature-gates=A=true,B=false"], { A: "true", B: "false" }],
    ["as a word of their own", ["--feature-gates", "A=true"], { A: "true" }],
    [
      "in several flags",
      ["--feature-gates=A=true", "--feature-gates=B=true"],
      { A: "true", B: "true" },
    ],
    ["nowhere", ["--leader-elect"], {}],
  ])("has its feature gates %s", (_name, args, want) => {
    expect(controllerOf({ args })?.featureGates).toEqual(want as Record<string, string>);
  });

  test.each<[string, Parameters<typeof aProgram>[1], readonly string[]]>([
    [
      "Flux",
      { labels: { "kustomize.toolkit.fluxcd.io/name": "capi" } },
      ["Flux Kustomization capi"],
    ],
    [
      "Argo CD",
      { annotations: { "argocd.argoproj.io/tracking-id": "app:apps/Deployment:ns/capi" } },
      ["Argo CD application app"],
    ],
    ["Helm alone", { labels: HELM }, []],
  ])("may be managed by %s", (_name, facts, want) => {
    expect(controllerOf(facts)?.managedBy ?? []).toEqual([...want]);
  });

  test("may be scaled by an autoscaler of its namespace", () => {
    const autoscalers = [anAutoscaler("ns/hpa", "capi"), anAutoscaler("other/hpa", "capi")];
    expect(controllerOf({}, { autoscalers })?.managedBy).toEqual([
      "HorizontalPodAutoscaler ns/hpa",
    ]);
  });
});
