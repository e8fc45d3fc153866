// Manifests before they reach a cluster: placeholders, shapes of an installation, images and CAs.
import { beforeAll, describe, expect, test } from "bun:test";
import type { Watched } from "./follow.ts";
import { isMissingImage, MISSING_IMAGE, programOf } from "./images.ts";
import { injectionInto } from "./injection.ts";
import { type Manifest, substitute } from "./manifests.ts";
import { ALL_PROVIDERS, providerManifests } from "./providers.ts";

describe("placeholders", () => {
  // A literal one would look like a template string that lost its quotes.
  const place = (inner: string): string => ["$", "{", inner, "}"].join("");

  test.each([
    ["a default", `--a=${place("A:=1")}`, {}, "--a=1"],
    ["a value instead of the default", `--a=${place("A:=1")}`, { A: "2" }, "--a=2"],
    ["a default with colons", `${place("A:=:8443")}x`, {}, ":8443x"],
    ["an empty default in quotes", place('A:=""'), {}, ""],
    ["two in one text", `A=${place("A:=1")},B=${place("B:=2")}`, { B: "3" }, "A=1,B=3"],
    ["a whole value that is a number", place("A:=3"), {}, 3],
  ])("%s", (_name, text, variables, wanted) => {
    expect(substitute<unknown>([text], variables)).toEqual([wanted]);
  });

  test("one that nobody fills in is an error", () => {
    expect(() => substitute(place("A"), {})).toThrow("nobody gives a value for A");
  });
});

describe("a provider", () => {
  beforeAll(() => providerManifests("core"), 900_000);

  test.each(ALL_PROVIDERS.map((name) => [name]))("%s is complete and filled in", async (name) => {
    const manifests = await providerManifests(name);
    const kinds = new Set(manifests.map(({ kind }) => kind));
    for (const kind of ["CustomResourceDefinition", "Deployment", "Service", "ClusterRole"]) {
      expect(kinds).toContain(kind);
    }
    expect(JSON.stringify(manifests)).not.toContain(["$", "{"].join(""));
    expect(manifests.slice(0, 3).map(({ kind }) => kind)).toEqual([
      "Namespace",
      "Certificate",
      "Issuer",
    ]);
  });

  const labelsOf = (manifests: readonly Manifest[]): ReadonlySet<string> =>
    new Set(manifests.flatMap(({ metadata }) => Object.keys(metadata.labels ?? {})));

  test("of clusterctl carries its label on every object", async () => {
    const manifests = await providerManifests("docker");
    const unlabelled = manifests.filter(
      ({ metadata }) => metadata.labels?.["clusterctl.cluster.x-k8s.io"] !== "",
    );
    expect(unlabelled).toEqual([]);
  });

  test.each([["helm"], ["kubectl"]] as const)("of %s does not", async (shape) => {
    const labels = labelsOf(await providerManifests("docker", { shape }));
    expect(labels).not.toContain("clusterctl.cluster.x-k8s.io");
    expect(labels.has("app.kubernetes.io/managed-by")).toBe(shape === "helm");
  });

  test("takes variables", async () => {
    const manifests = await providerManifests("core", { variables: { CLUSTER_TOPOLOGY: "false" } });
    expect(JSON.stringify(manifests)).toContain("ClusterTopology=false");
  });
});

describe("an image", () => {
  const programs = { "capd-manager": "program" };
  test.each([
    ["with a registry and a tag", "registry.example:5000/capi/capd-manager:v1", "program"],
    ["with a digest", "example/capd-manager@sha256:00", "program"],
    ["of nobody", "example/other:v1", undefined],
    ["named like a property of objects", "constructor", undefined],
  ])("%s", (_name, image, wanted) => {
    expect(programOf(image, programs)).toBe(wanted);
  });

  test("is missing under any tag", () => {
    expect(isMissingImage(MISSING_IMAGE)).toBe(true);
    expect(isMissingImage("elsewhere/missing-image:main")).toBe(true);
    expect(isMissingImage("example/other:v1")).toBe(false);
  });
});

describe("a CA", () => {
  const metadata = { name: "a", uid: "u", resourceVersion: "7" };
  const at = (caBundle?: string): object => ({ service: {}, ...(caBundle && { caBundle }) });
  const webhooks = (...configs: readonly object[]): Watched => ({
    metadata,
    webhooks: configs.map((clientConfig) => ({ clientConfig })),
  });

  test("is put beside every service that has another or none", () => {
    expect(injectionInto(webhooks(at("new"), at("old"), at(), { url: "x" }), "new")).toEqual([
      { op: "test", path: "/metadata/resourceVersion", value: "7" },
      { op: "add", path: "/webhooks/1/clientConfig/caBundle", value: "new" },
      { op: "add", path: "/webhooks/2/clientConfig/caBundle", value: "new" },
    ]);
  });

  test("is put into the conversion of a CRD", () => {
    const conversion = { webhook: { clientConfig: at() } };
    expect(injectionInto({ metadata, spec: { conversion } }, "new").at(-1)).toEqual({
      op: "add",
      path: "/spec/conversion/webhook/clientConfig/caBundle",
      value: "new",
    });
  });

  test("is not put where nothing asks for one", () => {
    expect(injectionInto(webhooks(at("new")), "new")).toEqual([]);
    expect(injectionInto({ metadata, spec: { conversion: { strategy: "None" } } }, "new")).toEqual(
      [],
    );
  });
});
