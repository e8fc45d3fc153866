// Which providers are brought to the target, out of what, in which order; and what keeps one from being brought.
import { describe, expect, test } from "bun:test";
import type { InstallPlan } from "../../src/model/install.ts";
import type { KubeObject } from "../../src/model/object.ts";
import type { Components, Provider, Providers } from "../../src/model/provider.ts";
import { componentFindings } from "../../src/plan/component-findings.ts";
import { planInstall } from "../../src/plan/install-plan.ts";
import { inventoryEntries } from "../../src/plan/inventory-objects.ts";
import {
  aController,
  aDeployment,
  anObject,
  aProvider,
  aSet,
  aSource,
  type Fields,
  labelled,
  namesOf,
} from "./provider-world.ts";

function someProviders(providers: readonly Provider[], change: Partial<Providers> = {}): Providers {
  return { providers, parents: [], others: [], certManager: undefined, ...change };
}

const SMALL = aDeployment("small-system/manager");
const CORE = aDeployment("core-system/manager");
const small = aProvider([SMALL]);
const core = aProvider([CORE], {
  label: "cluster-api",
  name: "cluster-api",
  type: "CoreProvider",
  namespace: "core-system",
});
const CERTS = aDeployment("certs/cert-manager");
const certManager = { namespace: "certs", version: "v1.21.2", controllers: [aController(CERTS)] };
const CERTIFICATE = anObject("Certificate small-system/serving", {
  metadata: labelled("infrastructure-small"),
  spec: { secretName: "serving" },
});

function plan(
  source: Providers,
  target: Providers,
  objects: readonly KubeObject[] = [SMALL, CORE, CERTS],
  manifests: readonly Components[] = [],
): ReturnType<typeof planInstall> {
  return planInstall({ source, target, components: aSource(...objects), manifests });
}

function setsOf({ sets }: InstallPlan): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(sets.map((set) => [`${set.owner} from ${set.from}`, namesOf(set)]));
}

describe("the plan", () => {
  test("copies what the target lacks, core first", () => {
    const { plan: made, findings } = plan(someProviders([small, core]), someProviders([]));
    expect(setsOf(made)).toEqual({
      "cluster-api from source": ["Deployment core-system/manager"],
      "infrastructure-small from source": ["Deployment small-system/manager"],
    });
    expect(made.sets.map(({ owner }) => owner)).toEqual(["cluster-api", "infrastructure-small"]);
    expect(findings).toEqual([]);
  });

  test("copies nothing that runs in the target, and nothing that runs nowhere", () => {
    const asleep = aProvider([], { label: "asleep" });
    const { plan: made } = plan(someProviders([small, asleep]), someProviders([small]));
    expect(made.sets).toEqual([]);
  });

  test("copies a provider of which the target has CRDs only", () => {
    const { plan: made } = plan(someProviders([small]), someProviders([aProvider([])]));
    expect(Object.keys(setsOf(made))).toEqual(["infrastructure-small from source"]);
  });

  test("brings cert-manager where it is wanted and the target has none", () => {
    const source = someProviders([small], { certManager });
    const objects = [SMALL, CERTS, CERTIFICATE];
    const owners = (target: Providers, all = objects) =>
      plan(source, target, all).plan.sets.map(({ owner }) => owner);
    expect(owners(someProviders([]))).toEqual(["cert-manager", "infrastructure-small"]);
    expect(owners(someProviders([], { certManager }))).toEqual(["infrastructure-small"]);
    expect(owners(someProviders([]), [SMALL, CERTS])).toEqual(["infrastructure-small"]);
  });

  test("takes manifests instead, with the version of their image", () => {
    const deployment = aDeployment("other-system/manager", {
      containers: [{ name: "manager", image: "ghcr.io/x/small:v1.3.0" }],
    });
    const manifest = { owner: "infrastructure-small", objects: [deployment] };
    const { plan: made } = plan(someProviders([small]), someProviders([]), [SMALL], [manifest]);
    expect(setsOf(made)).toEqual({
      "infrastructure-small from manifests": ["Deployment other-system/manager"],
    });
    expect(made.sets[0]?.provider).toMatchObject({ version: "v1.3.0", namespace: "other-system" });
  });

  test("compares manifests of what the target has, and refuses those of what the source has not", () => {
    const manifests = [
      { owner: "infrastructure-small", objects: [SMALL] },
      { owner: "infrastructure-aws", objects: [aDeployment("aws/manager")] },
    ];
    const { plan: made, findings } = plan(
      someProviders([small, core]),
      someProviders([small, core]),
      [],
      manifests,
    );
    expect(made.sets.map(({ owner }) => owner)).toEqual(["infrastructure-small"]);
    expect(findings).toMatchObject([{ code: "COMPONENTS_UNEXPECTED", severity: "error" }]);
    expect(findings[0]?.why).toContain("it has cluster-api, infrastructure-small");
  });

  test("lists in the inventory what is installed and what was there unlisted", () => {
    const there = aProvider([CORE], { label: "ipam-x", origin: "unknown", evidence: ["workload"] });
    const helm = aProvider([CORE], { label: "addon-y", origin: "helm" });
    const known = aProvider([CORE], { label: "addon-z", evidence: ["inventory"] });
    const versionless = aProvider([SMALL], { label: "bootstrap-q", version: undefined });
    const { plan: made } = plan(
      someProviders([small, versionless]),
      someProviders([there, helm, known]),
    );
    expect(inventoryEntries(made).map(({ label }) => label)).toEqual([
      "infrastructure-small",
      "ipam-x",
    ]);
  });
});

function findings(
  objects: readonly KubeObject[],
  target: Partial<Parameters<typeof componentFindings>[1]> = {},
) {
  const made = { sets: [aSet(objects)], unlisted: [] };
  return componentFindings(made, { has: () => false, hasCertManager: true, ...target }).map(
    ({ code, severity, why }) => `${severity} ${code}: ${why}`,
  );
}

const mounting = (podSpec: Fields) => aDeployment("ns/d", podSpec);
const serving = { volumes: [{ name: "c", secret: { secretName: "serving" } }] };

describe("in the way", () => {
  test.each<readonly [string, readonly KubeObject[], readonly string[]]>([
    [
      "a volume claim",
      [mounting({ volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] })],
      ["error COMPONENT_UNSUPPORTED: mounts the volume claim data, whose data cannot be copied"],
    ],
    [
      "a webhook that calls an address",
      [
        anObject("MutatingWebhookConfiguration m", {
          webhooks: [{ clientConfig: { url: "https://x" } }],
        }),
      ],
      [
        "error WEBHOOK_URL: calls a webhook by its URL, so its copy in the target would call the one of the source",
      ],
    ],
    [
      "a Secret that does not come along",
      [mounting(serving)],
      [
        "error COMPONENT_REFERENCE_MISSING: Deployment.apps ns/d needs Secret ns/serving, which does not come along and is not in the target",
      ],
    ],
    [
      "a missing pull secret, of the account, too",
      [
        mounting({ serviceAccountName: "a", imagePullSecrets: [{ name: "p" }] }),
        anObject("ServiceAccount ns/a", { imagePullSecrets: [{ name: "q" }] }),
      ],
      [
        "warning COMPONENT_REFERENCE_MISSING: Deployment.apps ns/d pulls its images with Secret ns/p, which does not come along and is not in the target",
        "warning COMPONENT_REFERENCE_MISSING: ServiceAccount ns/a pulls its images with Secret ns/q, which does not come along and is not in the target",
      ],
    ],
    [
      "nothing that is optional",
      [mounting({ volumes: [{ secret: { secretName: "x", optional: true } }] })],
      [],
    ],
    [
      "nothing that a Certificate fills",
      [mounting(serving), anObject("Certificate ns/c", { spec: { secretName: "serving" } })],
      [],
    ],
    ["nothing that comes along", [mounting(serving), anObject("Secret ns/serving")], []],
  ])("%s", (_, objects, want) => {
    expect(findings(objects)).toEqual([...want]);
  });

  test("nothing that the target has", () => {
    expect(findings([mounting(serving)], { has: (id) => id === "Secret ns/serving" })).toEqual([]);
  });

  test("certificates without cert-manager", () => {
    const objects = [anObject("Certificate ns/c", { spec: { secretName: "s" } })];
    expect(findings(objects, { hasCertManager: false })).toEqual([
      "error CERT_MANAGER_MISSING: needs cert-manager, which is neither in the target nor found in the source",
    ]);
  });
});
