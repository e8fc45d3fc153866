// Providers as they are really installed: all four of Cluster API's in one cluster, rendered from their own manifests.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { ComponentSource } from "../../src/model/install.ts";
import { formatId, idOf, type KubeObject } from "../../src/model/object.ts";
import type { Components, Provider } from "../../src/model/provider.ts";
import { componentsOf, ownerOfProvider } from "../../src/plan/components.ts";
import { aProvider } from "../plan/provider-world.ts";
import { capiManifests, type Manifest, substitute } from "../support/live/manifests.ts";

// Perhaps the testbed must be built first.
const BUILD = 20 * 60_000;
setDefaultTimeout(60_000);
beforeAll(async () => void (await capiManifests()), BUILD);

describe("of the real manifests", () => {
  const REAL = [
    ["core", "cluster-api"],
    ["kubeadmBootstrap", "bootstrap-kubeadm"],
    ["kubeadmControlPlane", "control-plane-kubeadm"],
    ["docker", "infrastructure-docker"],
  ] as const;

  /** All four providers in one cluster, as if applied; without labels nothing but references tells them apart. */
  async function world(withLabels: boolean): Promise<ComponentSource> {
    const manifests = await capiManifests();
    const all = REAL.flatMap(([key]) => substitute(manifests[key], {}));
    return { objects: all.map((one) => toObject(one, withLabels)) };
  }

  function toObject(manifest: Manifest, withLabels: boolean): KubeObject {
    const { labels, ...metadata } = manifest.metadata;
    const { "cluster.x-k8s.io/provider": _, ...others } = labels ?? {};
    const server = { uid: `uid of ${manifest.kind} ${metadata.name}`, resourceVersion: "1" };
    return {
      ...manifest,
      metadata: { ...metadata, labels: withLabels ? labels : others, ...server },
    } as KubeObject;
  }

  function providerOf(
    label: string,
    { objects }: ComponentSource,
    own: readonly Manifest[],
  ): Provider {
    const ids = new Set(own.map((one) => formatId(idOf(one as unknown as KubeObject))));
    const programs = objects.filter(
      (object) => object.kind === "Deployment" && ids.has(formatId(idOf(object))),
    );
    const crds = own.filter(({ kind }) => kind === "CustomResourceDefinition");
    return aProvider(programs, { label, crds: crds.map(({ metadata }) => metadata.name) });
  }

  function sorted({ objects }: Pick<Components, "objects">): readonly string[] {
    return objects.map((object) => formatId(idOf(object))).sort();
  }

  test.each(REAL)("%s is found whole, by labels and without", async (key, label) => {
    const own = (await capiManifests())[key];
    const wanted = sorted({ objects: own as unknown as readonly KubeObject[] });
    for (const withLabels of [true, false]) {
      const source = await world(withLabels);
      const provider = providerOf(label, source, own);
      expect(sorted(componentsOf(source, ownerOfProvider(provider)))).toEqual([...wanted]);
    }
  });
});
