// What of a closure is a provider's own, what a namespace holds, and who lives by cert-manager.
import { describe, expect, test } from "bun:test";
import type { Inventory } from "../../src/model/inventory.ts";
import { formatId, idOf, type KubeObject } from "../../src/model/object.ts";
import {
  certManagerUsers,
  isClusterctls,
  planClean,
  tenantsOf,
} from "../../src/plan/clean-plan.ts";

type Extra = Partial<KubeObject["metadata"]> & { readonly body?: object };

/** `Deployment.apps ns/name`. */
function an(id: string, { body = {}, ...metadata }: Extra = {}): KubeObject {
  const [key = "", path = ""] = id.split(" ");
  const [kind = "", ...group] = key.split(".");
  const [name = "", namespace] = path.split("/").reverse();
  const place = namespace === undefined ? {} : { namespace };
  return {
    apiVersion: group.length === 0 ? "v1" : `${group.join(".")}/v1`,
    kind,
    ...body,
    metadata: { name, ...place, uid: id, resourceVersion: "1", ...metadata },
  };
}

function holding(...objects: readonly KubeObject[]): Inventory {
  const entries = objects.map((object) => [object.metadata.uid, object] as const);
  return { objects: new Map(entries) } as unknown as Inventory;
}

function names(objects: readonly KubeObject[]): readonly string[] {
  return objects.map((object) => formatId(idOf(object)));
}

const LABELLED = { labels: { "cluster.x-k8s.io/provider": "core" } };
const BINDING = "ClusterRoleBinding.rbac.authorization.k8s.io";
const RELEASE = {
  annotations: {
    "meta.helm.sh/release-name": "capi",
    "meta.helm.sh/release-namespace": "ns",
  },
};

function subjects(...accounts: readonly string[]): object {
  return { subjects: accounts.map((name) => ({ kind: "ServiceAccount", namespace: "ns", name })) };
}

describe("of the components", () => {
  test.each<[string, readonly KubeObject[], readonly string[]]>([
    [
      "what is labelled goes, last made first",
      [an("Secret ns/a", LABELLED), an("Service ns/b"), an("Deployment.apps ns/c")],
      ["Deployment.apps ns/c", "Service ns/b", "Secret ns/a"],
    ],
    ["what is only referred to stays", [an("Secret ns/shared"), an("ConfigMap ns/x")], []],
    [
      "what came with the same Helm release goes",
      [an("ServiceAccount ns/a", RELEASE), an("Deployment.apps ns/c", RELEASE)],
      ["Deployment.apps ns/c", "ServiceAccount ns/a"],
    ],
    [
      "what came with another one stays",
      [an("ServiceAccount ns/a", RELEASE), an("Deployment.apps ns/c")],
      ["Deployment.apps ns/c"],
    ],
    [
      "a binding of its accounts goes",
      [an("ServiceAccount ns/a"), an(`${BINDING} b`, { body: subjects("a") })],
      [`${BINDING} b`],
    ],
    [
      "a binding of others too stays",
      [an("ServiceAccount ns/a"), an(`${BINDING} b`, { body: subjects("a", "z") })],
      [],
    ],
  ])("%s", (_, objects, want) => {
    expect(names(planClean([{ owner: "core", objects }], holding()).objects)).toEqual([...want]);
  });

  test("CRDs and namespaces are asked last, and the inventory goes with its owner", () => {
    const crd = an("CustomResourceDefinition.apiextensions.k8s.io a.x");
    const objects = [an("Namespace ns", LABELLED), crd, an("Service ns/b")];
    const entry = an("Provider.clusterctl.cluster.x-k8s.io ns/core", LABELLED);
    const other = an("Provider.clusterctl.cluster.x-k8s.io ns/infra");
    const listed = an(
      "CustomResourceDefinition.apiextensions.k8s.io providers.clusterctl.cluster.x-k8s.io",
    );
    const plan = planClean([{ owner: "core", objects }], holding(entry, other, listed));
    expect(names(plan.objects)).toEqual(names([entry, an("Service ns/b")]));
    expect(names(plan.crds)).toEqual(names([crd, listed]));
    expect(names(plan.namespaces)).toEqual(["Namespace ns"]);
  });
});

describe("a namespace", () => {
  const owner = (uid: string) => [{ apiVersion: "v1", kind: "X", name: "x", uid }];
  const removed = [an("Service ns/hooks"), an("Certificate.cert-manager.io ns/serving")];
  test.each<[string, KubeObject, boolean]>([
    ["its furniture", an("ConfigMap ns/kube-root-ca.crt"), false],
    ["a leader's lease", an("Lease.coordination.k8s.io ns/controller-leader-election-x"), false],
    ["another lease", an("Lease.coordination.k8s.io ns/mine"), true],
    ["endpoints of a removed Service", an("Endpoints ns/hooks"), false],
    [
      "what a removed component owns",
      an("EndpointSlice.discovery.k8s.io ns/hooks-1", {
        ownerReferences: owner("Service ns/hooks"),
      }),
      false,
    ],
    [
      "a certificate's Secret",
      an("Secret ns/serving", { annotations: { "cert-manager.io/certificate-name": "serving" } }),
      false,
    ],
    ["somebody's Secret", an("Secret ns/credentials"), true],
    ["what lies in another namespace", an("Secret other/credentials"), false],
  ])("holds, or does not: %s", (_, object, isTenant) => {
    const want = isTenant ? names([object]) : [];
    expect(tenantsOf("ns", removed, holding(object))).toEqual([...want]);
  });

  test("what something alive owns besides is a tenant", () => {
    const alive = an("ConfigMap ns/alive");
    const owners = [...owner("Service ns/hooks"), ...owner("ConfigMap ns/alive")];
    const object = an("Secret ns/both", { ownerReferences: owners });
    expect(tenantsOf("ns", removed, holding(object, alive))).toEqual(names([alive, object]));
  });
});

describe("cert-manager", () => {
  const own = { owner: "cert-manager", objects: [an("Issuer.cert-manager.io cm/own")] };
  const asks = { annotations: { "cert-manager.io/cluster-issuer": "x" } };
  test.each<[string, KubeObject, boolean]>([
    ["its own objects", an("Issuer.cert-manager.io cm/own"), false],
    ["somebody's certificate", an("Certificate.cert-manager.io a/web"), true],
    ["an Ingress that asks for one", an("Ingress.networking.k8s.io a/web", asks), true],
    ["a Secret that was filled once", an("Secret a/tls", asks), false],
    [
      "a certificate in deletion",
      an("Certificate.cert-manager.io a/web", { deletionTimestamp: "now" }),
      false,
    ],
  ])("is used, or is not, by %s", (_, object, isUser) => {
    expect(certManagerUsers(own, holding(object))).toEqual(isUser ? names([object]) : []);
  });

  test("is clusterctl's when its programs say so", () => {
    const labels = { "clusterctl.cluster.x-k8s.io/core": "cert-manager" };
    const program = an("Deployment.apps cm/webhook", { labels });
    expect(isClusterctls({ owner: "cert-manager", objects: [program] })).toBe(true);
    expect(isClusterctls(own)).toBe(false);
  });
});
