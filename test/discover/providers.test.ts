// Providers on real API servers, from the manifests that they publish: labelled as kustomize leaves them in the source,
// without any label of Cluster API in the target. Nothing runs: that Deployments want pods is enough.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { discover } from "../../src/discover/discover.ts";
import { identify } from "../../src/discover/identity.ts";
import { systemClock } from "../../src/kube/system-clock.ts";
import type { Preview } from "../../src/model/preview.ts";
import type { Provider } from "../../src/model/provider.ts";
import { findProviders } from "../../src/plan/providers.ts";
import { planText } from "../../src/report/plan-text.ts";
import { open } from "../kube/opened.ts";
import { applyFleet } from "../support/fleet/apply-fleet.ts";
import { aCluster } from "../support/fleet/cluster.ts";
import { fleetOf } from "../support/fleet/fleets.ts";
import { capiManifests, type Manifest, substitute } from "../support/live/manifests.ts";
import { previewOf } from "../support/pivot-session.ts";
import { capiCrds } from "../support/testbed/capi-crds.ts";
import { installCrds } from "../support/testbed/install-crds.ts";
import { installProviders } from "../support/testbed/install-providers.ts";
import { type OwnCluster, startCluster } from "../support/testbed/management-cluster.ts";

const LONG = 120_000;
const PROVIDER = "cluster.x-k8s.io/provider";
/** CAPD's manager asks for it. */
const PRIVILEGED = ["--allow-privileged=true"];
const IMAGE_TAG = /(image":"[^"]+):main"/g;

let source: OwnCluster;
let target: OwnCluster;
let preview: Preview;

beforeAll(async () => {
  const manifests = await providers();
  [source, target] = await Promise.all([
    startCluster({
      name: "source",
      apiServerFlags: PRIVILEGED,
      prepare: async (api) => installCrds(api, await capiCrds()),
    }),
    startCluster({
      name: "target",
      apiServerFlags: PRIVILEGED,
      prepare: (api) => installProviders(api, manifests.map(unlabelled), { crds: true }),
    }),
  ]);
  const fleet = aCluster("providers", "web").withMachineDeployment("md-0", { machines: 1 });
  await applyFleet(source.api, fleetOf(fleet.objects()));
  await installProviders(source.api, manifests, { crds: false });
  const outcome = await previewOf({ from: source, to: target });
  if (outcome.preview === undefined) throw new Error("no preview", { cause: outcome.error });
  preview = outcome.preview;
}, LONG * 5);

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
});

/** Four providers, their images tagged as a release would be. */
async function providers(): Promise<readonly Manifest[]> {
  const { core, kubeadmBootstrap, kubeadmControlPlane, docker } = await capiManifests();
  const all = [...core, ...kubeadmBootstrap, ...kubeadmControlPlane, ...docker];
  const text = JSON.stringify(substitute(all, { CLUSTER_TOPOLOGY: "true" }));
  return JSON.parse(text.replaceAll(IMAGE_TAG, '$1:v1.14.2"')) as readonly Manifest[];
}

/** The same program under labels that mean nothing to Cluster API. */
function unlabelled(manifest: Manifest): Manifest {
  return JSON.parse(JSON.stringify(manifest).replaceAll(`"${PROVIDER}":`, '"app":')) as Manifest;
}

function facts({ label, version, namespace, controllers, crds }: Provider): string {
  const names = controllers.map(({ id, replicas }) => `${replicas} × ${id.name}`);
  return `${label} ${version} in ${namespace}: ${names.join(", ")}, ${crds.length} CRDs`;
}

const FOUND = [
  "cluster-api v1.14.2 in capi-system: 1 × capi-controller-manager, 13 CRDs",
  "bootstrap-kubeadm v1.14.2 in capi-kubeadm-bootstrap-system: 1 × capi-kubeadm-bootstrap-controller-manager, 2 CRDs",
  "control-plane-kubeadm v1.14.2 in capi-kubeadm-control-plane-system: 1 × capi-kubeadm-control-plane-controller-manager, 2 CRDs",
  "infrastructure-docker v1.14.2 in capd-system: 1 × capd-controller-manager, 12 CRDs",
];

describe("providers on real API servers", () => {
  test("are found by their labels in the source", () => {
    const { providers: found } = preview.plan.providers.source;
    expect(found.map(facts)).toEqual(FOUND);
    for (const { evidence } of found) expect(evidence).toEqual(["label", "crd", "workload"]);
  });

  test("are found by what they serve in the target", () => {
    const { providers: found } = preview.plan.providers.target;
    expect(found.map(facts)).toEqual(FOUND);
    for (const { evidence } of found) expect(evidence).toEqual(["crd", "workload"]);
  });

  test("are found by roles and images where nobody serves webhooks", async () => {
    const client = await open(target.adminKubeconfig(), { clock: systemClock });
    const inventory = await discover(client, await identify(client));
    const material = { ...inventory.material, services: [], webhooks: [] };
    const { providers: found } = findProviders({ ...inventory, material }, []);
    client.close();
    expect(found.map(facts)).toEqual(FOUND);
  });

  test("are compared: feature gates and versions are the same", () => {
    expect(preview.plan.providers.compared.map(({ comparison }) => comparison)).toEqual([
      ...["same", "same", "same", "same"],
    ] as never);
    // Nothing else differs. What is tried is refused, because nobody serves the webhooks of the source, or comes later.
    const tried = ["SOURCE_REFUSES_CHANGE", "SOURCE_REFUSES_DELETE", "TRIED_LATER"];
    const codes = preview.plan.findings.map(({ code }) => code);
    expect(codes.filter((code) => !tried.includes(code))).toEqual([]);
  });

  test("are listed by plan", () => {
    const page = planText(preview);
    expect(page.slice(page.indexOf("Providers"), page.indexOf("Around the move"))).toBe(
      `Providers of the source
  cluster-api               core v1.14.2; the same in the target
    in capi-system: Deployment capi-controller-manager 1
    by unknown means (label, CRDs, webhooks or roles)
  bootstrap-kubeadm         bootstrap v1.14.2; the same in the target
    in capi-kubeadm-bootstrap-system: Deployment
      capi-kubeadm-bootstrap-controller-manager 1
    by unknown means (label, CRDs, webhooks or roles)
  control-plane-kubeadm     control plane v1.14.2; the same in the target
    in capi-kubeadm-control-plane-system: Deployment
      capi-kubeadm-control-plane-controller-manager 1
    by unknown means (label, CRDs, webhooks or roles)
  infrastructure-docker     infrastructure v1.14.2; the same in the target
    in capd-system: Deployment capd-controller-manager 1
    by unknown means (label, CRDs, webhooks or roles)

`,
    );
    const around = page.slice(page.indexOf("Around"), page.indexOf("Cluster providers/web"));
    expect(around).toBe(`Around the move
  stop      4 controllers of the source: capi-system/capi-controller-manager,
            capi-kubeadm-bootstrap-system/capi-kubeadm-bootstrap-controller-manager,
            capi-kubeadm-control-plane-system/capi-kubeadm-control-plane-controller-manager,
            capd-system/capd-controller-manager
  source    its providers are removed in the end

`);
  });
});
