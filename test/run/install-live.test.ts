// The real thing: four of Cluster API's providers and cert-manager, found in a source where they run, brought to a target
// where nothing is. Their managers start there, their webhooks answer through Services.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readComponents, readNamesakes } from "../../src/discover/components.ts";
import { discover } from "../../src/discover/discover.ts";
import { identify } from "../../src/discover/identity.ts";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { systemClock } from "../../src/kube/system-clock.ts";
import type { InstallPlan } from "../../src/model/install.ts";
import type { Inventory } from "../../src/model/inventory.ts";
import { compareStrings, formatId, idOf } from "../../src/model/object.ts";
import type { Finding } from "../../src/model/plan.ts";
import type { Providers } from "../../src/model/provider.ts";
import { componentCollisions } from "../../src/plan/component-compare.ts";
import { componentFindings } from "../../src/plan/component-findings.ts";
import { targetAfterInstall } from "../../src/plan/crd-kinds.ts";
import { componentIds, planInstall } from "../../src/plan/install-plan.ts";
import { findProviders } from "../../src/plan/providers.ts";
import { installComponents } from "../../src/run/install-components.ts";
import { uninstallComponents } from "../../src/run/uninstall-components.ts";
import { open } from "../kube/opened.ts";
import { type LivePair, startLivePair } from "../support/live/live-pair.ts";
import { testRun } from "../support/run-context.ts";

const LONG = 300_000;
let pair: LivePair;
let clients: { readonly source: OpenCluster; readonly target: OpenCluster };

beforeAll(async () => {
  pair = await startLivePair();
  const options = { clock: systemClock, requestTimeoutMs: 30_000 };
  clients = {
    source: await open(pair.source.adminKubeconfig(), options),
    target: await open(pair.target.adminKubeconfig(), { ...options, name: "target" }),
  };
}, 20 * LONG);

afterAll(() => pair?.stop());

interface Look {
  readonly source: Inventory;
  readonly target: Inventory;
  readonly providers: Readonly<Record<"source" | "target", Providers>>;
  readonly plan: InstallPlan;
  readonly findings: readonly Finding[];
}

/** As the survey looks. */
async function look(): Promise<Look> {
  const [source, target] = await Promise.all([read(clients.source), read(clients.target)]);
  const providers = { source: findProviders(source, []), target: findProviders(target, []) };
  const components = await readComponents(clients.source, source, providers.source);
  const { plan, findings } = planInstall({ ...providers, components, manifests: [] });
  const namesakes = await readNamesakes(clients.target, target, componentIds(plan));
  const names = new Set([...target.objects.values()].map((object) => formatId(idOf(object))));
  const hasCertManager = providers.target.certManager !== undefined;
  return {
    source,
    target,
    providers,
    plan,
    findings: [
      ...findings,
      ...componentFindings(plan, { has: (id) => names.has(id), hasCertManager }),
      ...componentCollisions(plan, namesakes),
    ],
  };
}

async function read(client: OpenCluster): Promise<Inventory> {
  return discover(client, await identify(client));
}

const KINDS = "Cluster.cluster.x-k8s.io DevMachine.infrastructure.cluster.x-k8s.io".split(" ");

describe("a bare target", () => {
  test(
    "gets cert-manager and four providers at work, and loses them again",
    async () => {
      const before = await look();
      expect(before.findings).toEqual([]);
      expect(before.plan.sets.map(({ owner }) => owner)).toEqual([
        "cert-manager",
        "cluster-api",
        "bootstrap-kubeadm",
        "control-plane-kubeadm",
        "infrastructure-docker",
      ]);
      const planned = targetAfterInstall(before.target, before.plan);
      for (const kind of KINDS) expect(planned.kinds.has(kind)).toBe(true);

      const run = testRun(clients.target, { source: clients.source, timeoutMs: 120_000 });
      const kinds = { source: before.source.kinds, target: before.target.kinds };
      await installComponents(run.context, before.plan, kinds);

      const after = await look();
      expect(after.plan).toEqual({ sets: [], unlisted: [] });
      expect(after.findings).toEqual([]);
      const labels = ({ providers }: Providers) =>
        providers.map(({ label, version }) => `${label} ${version}`).sort(compareStrings);
      expect(labels(after.providers.target)).toEqual(labels(after.providers.source));
      for (const { evidence } of after.providers.target.providers)
        expect(evidence).toContain("inventory");

      expect(await uninstallComponents(run.context, () => read(clients.target))).toEqual([]);
      expect(await kindsLeft()).toEqual([]);
    },
    LONG,
  );
});

/** The API server needs a moment after a CRD has gone before it no longer names its kind. */
async function kindsLeft(): Promise<readonly string[]> {
  for (let look = 0; ; look++) {
    const { kinds } = await read(clients.target);
    const left = [...kinds.keys()].filter((kind) => kind.endsWith("cluster.x-k8s.io"));
    if (left.length === 0 || look === 30) return left;
    await Bun.sleep(500);
  }
}
