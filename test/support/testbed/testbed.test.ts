// The testbed itself: two clusters that answer, with controllers that work and users with and without rights.
import { beforeAll, describe, expect, test } from "bun:test";
import { fieldAt, type Json, stringAt } from "../../../src/model/object.ts";
import { ask, type FleetApi } from "../fleet/fleet-api.ts";
import { FLEET_KINDS, pathOf } from "../fleet/fleet-kinds.ts";
import { capiCrds } from "./capi-crds.ts";
import { installInventory, TESTBED_PROVIDERS } from "./install-crds.ts";
import { type Pair, pair } from "./pair.ts";

const LONG = 60_000;
const NAMESPACE = "testbed-own";
const CONFIGMAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
let clusters: Pair;

beforeAll(async () => {
  clusters = await pair();
  await ask(clusters.source.api, "POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
}, 15 * LONG);

async function statusOf(api: FleetApi, path: string): Promise<number> {
  return (await api.request("GET", path)).status;
}

async function waitForStatus(api: FleetApi, path: string, wanted: number): Promise<void> {
  while ((await statusOf(api, path)) !== wanted) await Bun.sleep(100);
}

function names(list: Json): readonly (string | undefined)[] {
  const items = fieldAt(list, "items");
  return Array.isArray(items) ? items.map((item: Json) => stringAt(item, "metadata", "name")) : [];
}

describe("the pair", () => {
  test("is two different clusters of the pinned version", async () => {
    const uids = [clusters.source, clusters.target].map(async ({ api }) => {
      const version = await ask(api, "GET", "/version");
      expect(fieldAt(version, "gitVersion")).toStartWith("v1.");
      return stringAt(await ask(api, "GET", "/api/v1/namespaces/kube-system"), "metadata", "uid");
    });
    const [source, target] = await Promise.all(uids);
    expect(source).toBeString();
    expect(source).not.toBe(target);
  });

  test("serves every kind of a fleet on both sides", async () => {
    const unserved = [clusters.source, clusters.target].flatMap(({ name, api }) =>
      FLEET_KINDS.map(async (kind) => {
        const status = await statusOf(api, `${pathOf(kind, undefined)}?limit=1`);
        return status === 200 ? [] : [`${name} ${kind.kind}: ${status}`];
      }),
    );
    expect((await Promise.all(unserved)).flat()).toEqual([]);
  });

  test("has the upstream CRDs, labelled for clusterctl", async () => {
    expect(await capiCrds()).toHaveLength(29);
    const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const selector = encodeURIComponent("clusterctl.cluster.x-k8s.io");
    const labelled = names(
      await ask(clusters.source.api, "GET", `${crds}?labelSelector=${selector}`),
    );
    expect(labelled).toContain("clusters.cluster.x-k8s.io");
    expect(labelled).toContain("inclusterippools.ipam.cluster.x-k8s.io");
    expect(labelled).not.toContain("serverclaims.metal.example.dev");
  });

  test("takes clusterctl's inventory, twice", async () => {
    const { api } = clusters.source;
    await installInventory(api);
    await installInventory(api);
    const list = await ask(api, "GET", "/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers");
    expect(names(list)).toHaveLength(TESTBED_PROVIDERS.length);
  });
});

describe("controllers", () => {
  test(
    "collect what an owner left behind, of Cluster API kinds too",
    async () => {
      const { api } = clusters.source;
      const owner = await ask(
        api,
        "POST",
        `/apis/metal.example.dev/v1alpha1/namespaces/${NAMESPACE}/serverclaims`,
        {
          apiVersion: "metal.example.dev/v1alpha1",
          kind: "ServerClaim",
          metadata: { name: "owner" },
        },
      );
      const ownerReferences = [
        {
          apiVersion: "metal.example.dev/v1alpha1",
          kind: "ServerClaim",
          name: "owner",
          uid: stringAt(owner, "metadata", "uid"),
        },
      ];
      await ask(api, "POST", CONFIGMAPS, { metadata: { name: "owned", ownerReferences } });
      const path = `/apis/metal.example.dev/v1alpha1/namespaces/${NAMESPACE}/serverclaims/owner`;
      await ask(api, "DELETE", path);
      await waitForStatus(api, `${CONFIGMAPS}/owned`, 404);
    },
    LONG,
  );

  test(
    "remove a namespace with everything in it",
    async () => {
      const { api } = clusters.source;
      const path = "/api/v1/namespaces/testbed-gone";
      await ask(api, "POST", "/api/v1/namespaces", { metadata: { name: "testbed-gone" } });
      await ask(api, "POST", `${path}/configmaps`, { metadata: { name: "content" } });
      await ask(api, "DELETE", path);
      await waitForStatus(api, path, 404);
    },
    LONG,
  );
});

describe("users", () => {
  test("with a token: an admin and a stranger", async () => {
    const { source } = clusters;
    expect(await statusOf(source.apiAs(source.tokenUsers.admin), CONFIGMAPS)).toBe(200);
    expect(await statusOf(source.apiAs(source.tokenUsers.stranger), CONFIGMAPS)).toBe(403);
  });

  test("with a client certificate get what RBAC gives them", async () => {
    const { source } = clusters;
    const reader = source.apiAs(await source.issueClient("joe", "config-readers"));
    expect(await statusOf(reader, CONFIGMAPS)).toBe(403);
    const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}`;
    await ask(source.api, "POST", `${roles}/roles`, {
      metadata: { name: "read" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }],
    });
    await ask(source.api, "POST", `${roles}/rolebindings`, {
      metadata: { name: "read" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "read" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "config-readers" }],
    });
    await waitForStatus(reader, CONFIGMAPS, 200);
  });

  test("with an expired certificate are nobody", async () => {
    const { source } = clusters;
    const expired = await source.issueClient("joe", "system:masters", {
      notBefore: new Date(Date.now() - 7_200_000),
      notAfter: new Date(Date.now() - 3_600_000),
    });
    expect(await statusOf(source.apiAs(expired), CONFIGMAPS)).toBe(401);
  });
});
