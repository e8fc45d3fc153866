// A whole pivot of a provider that Helm, plain kubectl or the CAPI operator has installed: found, copied, stopped,
// removed, and nothing of anybody else is touched in either cluster.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { OUR_PREFIX } from "../../src/model/capi.ts";
import { fieldAt, type KubeObject, listAt } from "../../src/model/object.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import type { PivotOutcome } from "../support/pivot-session.ts";
import { type Player, startsPods } from "../support/plays-target.ts";
import {
  applyShaped,
  bindingOf,
  OPERATOR_NAMESPACE,
  requestPath,
  type Shape,
  type ShapedProvider,
  shapedProvider,
} from "../support/shaped-provider.ts";
import { type Stage, smallFleet, startStage } from "../support/stage.ts";

const LONG = 240_000;
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, LONG * 4);

afterEach(() => {
  stage.reset();
});

afterAll(() => stage.stop());

type Side = "source" | "target";

async function exists(side: Side, path: string): Promise<boolean> {
  return (await stage[side].api.request("GET", path)).status === 200;
}

async function read(side: Side, path: string): Promise<KubeObject> {
  return (await ask(stage[side].api, "GET", path)) as KubeObject;
}

const nameOf = ({ label }: ShapedProvider): string =>
  `${label.slice("infrastructure-".length)}-controller-manager`;

/** Where a provider's objects are; the namespaced ones first. */
function pathsOf(provider: ShapedProvider) {
  const { namespace, plural } = provider;
  const name = nameOf(provider);
  return {
    deployment: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
    account: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`,
    settings: `/api/v1/namespaces/${namespace}/configmaps/${name}`,
    role: `${RBAC}/clusterroles/${name}`,
    binding: `${RBAC}/clusterrolebindings/${name}`,
    crd: `${CRDS}/${plural}.infrastructure.cluster.x-k8s.io`,
  } as const;
}

/** Somebody else's ServiceAccount and role, and a binding that gives this role to the provider, too. */
function somebody({ label }: ShapedProvider): string {
  return `somebody-beside-${label}`;
}

/** What somebody else has beside a provider. */
function foreignPaths(provider: ShapedProvider): Readonly<Record<Side, readonly string[]>> {
  const notes = `/api/v1/namespaces/${provider.namespace}/configmaps/notes`;
  const name = somebody(provider);
  return {
    source: [
      notes,
      `/api/v1/namespaces/default/serviceaccounts/${name}`,
      `${RBAC}/clusterroles/${name}`,
      `${RBAC}/clusterrolebindings/${name}`,
    ],
    target: [notes, `/api/v1/namespaces/${provider.namespace}`],
  };
}

async function makeForeign(provider: ShapedProvider): Promise<void> {
  const { namespace } = provider;
  const name = somebody(provider);
  const accounts = [
    { namespace, name: nameOf(provider) },
    { namespace: "default", name },
  ];
  const notes = { metadata: { name: "notes" }, data: { to: "remember" } };
  const bodies = [notes, { metadata: { name } }, { metadata: { name }, rules: [] }];
  for (const [index, path] of foreignPaths(provider).source.entries()) {
    const body = bodies[index] ?? bindingOf(name, accounts);
    await ask(stage.source.api, "POST", path.slice(0, path.lastIndexOf("/")), body);
  }
  const { api } = stage.target;
  await ask(api, "POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  await ask(api, "POST", `/api/v1/namespaces/${namespace}/configmaps`, notes);
}

/** Whole, resourceVersion and field owners too: nobody has written to them. */
async function stateOfForeign(provider: ShapedProvider): Promise<readonly unknown[]> {
  const { source, target } = foreignPaths(provider);
  return Promise.all([
    ...source.map((path) => read("source", path)),
    ...target.map((path) => read("target", path)),
  ]);
}

/** A whole pivot of a small fleet and one object of the provider's kind; the target's kubelet is played. */
async function pivotWhole(provider: ShapedProvider): Promise<PivotOutcome> {
  const namespace = `${provider.shape}-fleet`;
  const fleet = await smallFleet(stage, namespace);
  const api = `/apis/infrastructure.cluster.x-k8s.io/v1/namespaces/${namespace}`;
  await ask(stage.source.api, "POST", `${api}/${provider.plural}`, {
    apiVersion: "infrastructure.cluster.x-k8s.io/v1",
    kind: provider.kind,
    metadata: { name: "one", finalizers: ["provider.test"] },
    spec: { size: 3 },
  });
  const player: Player = startsPods(stage.target.api, provider.namespace);
  try {
    const assumeHeld = [provider.kind];
    return await stage.pivot(fleet, { namespaces: [], assumeHeld, proveFor: "0", timeout: "90s" });
  } finally {
    await player.stop();
  }
}

function notesOf({ events }: PivotOutcome): readonly string[] {
  return events.flatMap((event) => (event.type === "note" ? [event.text] : []));
}

function providerText({ preview }: PivotOutcome, label: string): string {
  const found = preview?.plan.providers.source.providers.find((one) => one.label === label);
  if (found === undefined) throw new Error(`${label} is not found`);
  const { origin, version, namespace, controllers } = found;
  return `${label} ${version} in ${namespace} by ${origin}: ${controllers.map(({ id }) => id.name)}`;
}

describe("a whole pivot of what was installed by", () => {
  const shapes: readonly (readonly [Shape, string, string])[] = [
    ["helm", "red", "helm"],
    ["kubectl", "blue", "unknown"],
    ["operator", "green", "operator"],
  ];

  test.each(shapes)(
    "%s",
    async (shape, name, origin) => {
      const provider = shapedProvider(shape, name);
      const paths = pathsOf(provider);
      await applyShaped(stage.source.api, provider);
      await makeForeign(provider);
      const before = await stateOfForeign(provider);

      const outcome = await pivotWhole(provider);

      expect(outcome.error).toBeUndefined();
      const { preview } = outcome;
      expect(providerText(outcome, provider.label)).toBe(
        `${provider.label} v1.2.3 in ${provider.namespace} by ${origin}: ${nameOf(provider)}`,
      );
      expect(preview?.install.sets.map(({ owner, from }) => `${owner} from ${from}`)).toEqual([
        `${provider.label} from source`,
      ]);
      expect(preview?.stop?.controllers.map(({ id }) => id.name)).toEqual([nameOf(provider)]);
      await expectInTarget(provider, paths);
      for (const path of Object.values(paths)) {
        const isKept = KEPT[shape].some((kept) => paths[kept] === path);
        expect([path, await exists("source", path)]).toEqual([path, isKept]);
      }
      expect(await stateOfForeign(provider)).toEqual(before);
      if (shape === "operator") await expectNoOperator(provider, outcome);
    },
    LONG,
  );
});

/** Nothing shows that these are a provider's alone: plain `kubectl apply` leaves no mark. */
const KEPT: Readonly<Record<Shape, readonly (keyof ReturnType<typeof pathsOf>)[]>> = {
  helm: [],
  kubectl: ["account", "settings", "role"],
  operator: [],
};

async function expectInTarget(
  provider: ShapedProvider,
  paths: ReturnType<typeof pathsOf>,
): Promise<void> {
  const { label, namespace, plural, shape } = provider;
  for (const [what, path] of Object.entries(paths)) {
    const object = await read("target", path);
    expect([what, Object.keys(object.metadata.annotations ?? {}).join()]).toEqual([
      what,
      expect.not.stringContaining(OUR_PREFIX),
    ]);
    // The operator's request does not come along.
    expect(object.metadata.ownerReferences ?? []).toEqual([]);
    expect(object.metadata.labels).toMatchObject({ "cluster.x-k8s.io/provider": label });
  }
  const deployment = await read("target", paths.deployment);
  expect(fieldAt(deployment, "status", "availableReplicas")).toBe(1);
  const entry = `/apis/clusterctl.cluster.x-k8s.io/v1alpha3/namespaces/${namespace}/providers/${label}`;
  expect(await read("target", entry)).toMatchObject({
    providerName: label.slice("infrastructure-".length),
    type: "InfrastructureProvider",
    version: "v1.2.3",
  });
  const moved = `/apis/infrastructure.cluster.x-k8s.io/v1/namespaces/${shape}-fleet/${plural}/one`;
  expect((await read("target", moved))["spec"]).toEqual({ size: 3 });
  // Somebody's rights in the source are nobody's in the target.
  const binding = await read("target", `${RBAC}/clusterrolebindings/${somebody(provider)}`);
  expect(listAt(binding, "subjects").map((one) => fieldAt(one, "namespace"))).toEqual([namespace]);
}

async function expectNoOperator(provider: ShapedProvider, outcome: PivotOutcome): Promise<void> {
  const findings = outcome.preview?.plan.findings ?? [];
  expect(findings.map(({ code }) => code)).toContain("OPERATOR_STAYS_BEHIND");
  const gone = [
    `${requestPath(provider.namespace)}/green`,
    `${CRDS}/infrastructureproviders.operator.cluster.x-k8s.io`,
    `/apis/apps/v1/namespaces/${OPERATOR_NAMESPACE}/deployments/capi-operator`,
    `${RBAC}/clusterrolebindings/capi-operator`,
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/capi-operator",
    `/api/v1/namespaces/${OPERATOR_NAMESPACE}`,
  ];
  for (const path of gone) expect([path, await exists("source", path)]).toEqual([path, false]);
  expect(await exists("target", `/api/v1/namespaces/${OPERATOR_NAMESPACE}`)).toBe(false);
  expect(await exists("target", gone[1] ?? "")).toBe(false);
  expect(notesOf(outcome).filter((text) => text.includes("operator"))).toEqual([]);
}
