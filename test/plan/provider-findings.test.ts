import { describe, expect, test } from "bun:test";
import type { Finding } from "../../src/model/plan.ts";
import type { ComparedProviders } from "../../src/model/provider.ts";
import { needsConversion } from "../../src/plan/late-providers.ts";
import { providerFindings } from "../../src/plan/provider-findings.ts";
import { compareProviders } from "../../src/plan/provider-match.ts";
import { findProviders } from "../../src/plan/providers.ts";
import {
  aKind,
  anAutoscaler,
  aProgram,
  clusterctlInit,
  HELM,
  type Installation,
  installed,
  labelled,
} from "./installations.ts";
import { anObject, kindOf, plannedOf, planOf } from "./inventory-of.ts";

function both(source: readonly Installation[], target: readonly Installation[]): ComparedProviders {
  const both = {
    source: findProviders(installed(...source), []),
    target: findProviders(installed(...target), []),
  };
  return { ...both, compared: compareProviders(both) };
}

const NOTHING = {
  arriving: new Set<string>(),
  planned: [],
  missing: new Set<string>(),
  whole: true,
  named: [],
};

const text = (findings: readonly Finding[]) =>
  findings.map(({ severity, code, why }) => `${severity} ${code}: ${why}`);

/** One provider by Helm, at a version that its image tells. */
function byHelm(tag: string, args: readonly string[] = []): Installation {
  const labels = { ...labelled("infrastructure-docker"), ...HELM };
  const image = `x/capd-manager${tag}`;
  return {
    kinds: [aKind("DockerCluster", labelled("infrastructure-docker"))],
    workloads: [aProgram("capd/capd", { labels, image, args })],
  };
}

describe("the providers of both clusters", () => {
  const cases: Readonly<Record<string, readonly [ComparedProviders, readonly string[]]>> = {
    "are the same": [both([clusterctlInit()], [clusterctlInit()]), []],
    "are older in the target": [
      both([clusterctlInit("v1.14.2")], [clusterctlInit("v1.9.11")]),
      [
        "error PROVIDER_OLDER: cluster-api is v1.14.2 in the source and v1.9.11 in the target",
        "error PROVIDER_OLDER: infrastructure-docker is v1.14.2 in the source and v1.9.11 in the target",
      ],
    ],
    "are newer in the target, by a release after a candidate": [
      both([byHelm(":v1.14.0-rc.1")], [byHelm(":v1.14.0")]),
      [
        "note PROVIDER_NEWER: infrastructure-docker is v1.14.0-rc.1 in the source and v1.14.0 in the target",
      ],
    ],
    "cannot be compared": [
      both([byHelm(":v1.14.0")], [byHelm("@sha256:0123")]),
      [
        "warning PROVIDER_VERSION_UNKNOWN: infrastructure-docker is v1.14.0 in the source and an unknown version in the target: these cannot be compared",
      ],
    ],
    "are not there in the target": [
      both([clusterctlInit()], []),
      [
        "note PROVIDER_MISSING_IN_TARGET: no cluster-api is installed in the target: what moves is not reconciled until one is",
        "note PROVIDER_MISSING_IN_TARGET: no infrastructure-docker is installed in the target: what moves is not reconciled until one is",
      ],
    ],
    "are there in the target by their kinds alone": [
      both(
        [byHelm(":v1.14.0")],
        [{ kinds: [aKind("DockerCluster", labelled("infrastructure-docker"))] }],
      ),
      [
        "note PROVIDER_MISSING_IN_TARGET: no infrastructure-docker is installed in the target, only its kinds: what moves is not reconciled until one is",
      ],
    ],
    "are nowhere more than kinds": [
      both(
        [{ kinds: [aKind("DockerCluster", labelled("infrastructure-docker"))] }],
        [{ kinds: [aKind("DockerCluster", labelled("infrastructure-docker"))] }],
      ),
      [],
    ],
    "run in the target alone": [both([], [clusterctlInit()]), []],
    "differ in their feature gates": [
      both(
        [byHelm(":v1.0.0", ["--feature-gates=A=true,B=true"])],
        [byHelm(":v1.0.0", ["--feature-gates=A=false,C=true"])],
      ),
      [
        "warning FEATURE_GATE_DIFFERS: feature gate A of infrastructure-docker is true in the source and false in the target",
        "warning FEATURE_GATE_DIFFERS: feature gate B of infrastructure-docker is true in the source and not set in the target",
        "warning FEATURE_GATE_DIFFERS: feature gate C of infrastructure-docker is not set in the source and true in the target",
      ],
    ],
    "have gates that only the newer version knows": [
      both([byHelm(":v1.0.0")], [byHelm(":v1.1.0", ["--feature-gates=New=true"])]),
      [
        "note PROVIDER_NEWER: infrastructure-docker is v1.0.0 in the source and v1.1.0 in the target",
      ],
    ],
    "carry a label on one side only": [
      both(
        [byHelm(":v1.1.0")],
        [
          {
            kinds: [aKind("DockerCluster")],
            workloads: [aProgram("ns/x", { image: "x/capd-manager:v1.0.0" })],
          },
        ],
      ),
      [
        "error PROVIDER_OLDER: infrastructure-docker is v1.1.0 in the source and v1.0.0 in the target",
      ],
    ],
  };

  test.each(Object.entries(cases))("%s", (_name, [providers, want]) => {
    expect(text(providerFindings({ ...NOTHING, providers }))).toEqual([...want]);
  });

  test("a provider whose kinds are missing is not said to be missing, for that blocks already", () => {
    const missing = new Set(["dockerclusters.infrastructure.cluster.x-k8s.io"]);
    const providers = both([byHelm(":v1.0.0")], []);
    expect(providerFindings({ ...NOTHING, providers, missing })).toEqual([]);
  });

  test("of a part of the cluster only the providers of what moves are compared", () => {
    const providers = both([clusterctlInit()], [clusterctlInit("v1.0.0")]);
    const objects = [anObject("Cluster ns1/a")];
    const planned = [plannedOf(planOf(objects), "Cluster ns1/a")];
    const found = providerFindings({ ...NOTHING, providers, planned, whole: false });
    expect(found.map(({ why }) => why.split(" ")[0])).toEqual(["cluster-api"]);
  });

  test("what to do about an older one is said", () => {
    const providers = both([byHelm(":v1.1.0")], [byHelm(":v1.0.0")]);
    expect(providerFindings({ ...NOTHING, providers })[0]?.hint).toBe(
      "upgrade infrastructure-docker in the target to v1.1.0 or later, then run again",
    );
  });
});

describe("what would keep the source's controllers from being stopped", () => {
  const withScaler = both(
    [byHelm(":v1.0.0"), { autoscalers: [anAutoscaler("capd/hpa", "capd")] }],
    [byHelm(":v1.0.0")],
  );

  test("an autoscaler is warned of", () => {
    expect(text(providerFindings({ ...NOTHING, providers: withScaler }))).toEqual([
      "warning CONTROLLER_MANAGED: Deployment.apps capd/capd would be scaled up again by HorizontalPodAutoscaler capd/hpa after it has been stopped",
    ]);
  });

  test("but not when they go on running", () => {
    expect(providerFindings({ ...NOTHING, providers: withScaler, whole: false })).toEqual([]);
  });

  test("a controller that neither cluster has is an error", () => {
    const providers = both([byHelm(":v1.0.0")], [byHelm(":v1.0.0")]);
    const named = ["capd/capd", "ns/nobody"];
    expect(text(providerFindings({ ...NOTHING, providers, named }))).toEqual([
      "error CONTROLLER_NOT_FOUND: neither cluster has a Deployment, StatefulSet or DaemonSet ns/nobody, which --controller names",
    ]);
  });

  const stored = (version: string, storedVersions: readonly string[], hasWebhook = true) => {
    const kind = kindOf("DockerCluster");
    const planned = plannedOf(planOf([anObject("DockerCluster ns1/a")]), "DockerCluster ns1/a");
    const crd = {
      ...{ name: kind.crd?.name ?? "", storageVersion: "v2", labels: {}, statusVersions: [] },
      ...{ storedVersions, hasConversionWebhook: hasWebhook },
    };
    return { ...planned, kind: { ...kind, version, crd } };
  };

  test.each<[string, ReturnType<typeof stored>, boolean]>([
    ["is stored and spoken at its storage version", stored("v2", ["v2"]), false],
    ["was stored at another version once", stored("v2", ["v1", "v2"]), true],
    ["is spoken at another version, which alone both clusters serve", stored("v1", ["v2"]), true],
    ["is converted without a webhook", stored("v1", ["v1", "v2"], false), false],
  ])("a kind that %s", (_name, planned, want) => {
    expect(needsConversion(planned)).toBe(want);
    const providers = both([byHelm(":v1.0.0")], [byHelm(":v1.0.0")]);
    const found = providerFindings({ ...NOTHING, providers, planned: [planned, planned] });
    expect(found.map(({ code, severity, objects }) => [code, severity, objects[0]?.name])).toEqual(
      want ? [["STORED_VERSIONS", "note", "dockerclusters.infrastructure.cluster.x-k8s.io"]] : [],
    );
  });
});
