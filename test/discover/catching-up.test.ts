// What a server serves and what it says that it serves may differ for a while; nothing may be overlooked meanwhile.
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { untilCaughtUp } from "../../src/discover/catching-up.ts";
import type { KubeObject } from "../../src/model/object.ts";
import { fakeClock } from "../kube/opened.ts";
import { previewOf } from "../support/pivot-session.ts";
import { type Stage, smallFleet, startStage } from "../support/stage.ts";

const LONG = 120_000;
const GROUP = "bootstrap.cluster.x-k8s.io";
const DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  await smallFleet(stage, "late");
}, LONG * 8);

afterEach(() => stage.reset());
afterAll(() => stage.stop());

/** How many KubeadmConfigs the plan moves. */
async function plannedConfigs(): Promise<number> {
  const through = (proxy: Stage["proxies"]["source"]) => ({
    adminKubeconfig: () => proxy.kubeconfig(),
  });
  const { source, target } = stage.proxies;
  const { preview, error } = await previewOf({
    ...{ from: through(source), to: through(target), namespaces: ["late"] },
  });
  if (preview === undefined) throw error;
  const moved = preview.plan.groups.flatMap(({ objects }) => objects);
  return moved.filter(({ id }) => id.kind === "KubeadmConfig").length;
}

test(
  "a kind that is not served yet, by a server that has its definition, is waited for",
  async () => {
    const isList = ({ path }: { readonly path: string }) => path.endsWith("/kubeadmconfigs");
    stage.proxies.source.on({ when: isList, times: 2, fault: { type: "answer", status: 404 } });
    expect(await plannedConfigs()).toBe(2);
    expect(stage.proxies.source.requests.filter(isList).length).toBeGreaterThanOrEqual(3);
  },
  LONG,
);

test(
  "a kind that discovery does not name yet is waited for",
  async () => {
    const headers = { accept: DISCOVERY };
    const { text } = await stage.source.api.request("GET", "/apis", undefined, headers);
    const { items, ...list } = JSON.parse(text) as { readonly items: readonly KubeObject[] };
    const others = items.filter(({ metadata }) => metadata.name !== GROUP);
    expect(others).toHaveLength(items.length - 1);
    const body = JSON.stringify({ ...list, items: others });
    const when = ({ path }: { readonly path: string }) => path === "/apis";
    const contentType = DISCOVERY;
    stage.proxies.source.on({
      ...{ when, times: 2 },
      fault: { type: "answer", status: 200, body, contentType },
    });
    expect(await plannedConfigs()).toBe(2);
    expect(stage.proxies.source.requests.filter(when).length).toBeGreaterThanOrEqual(3);
  },
  LONG,
);

test("who does not catch up in a minute is asked no more", async () => {
  const clock = fakeClock();
  let reads = 0;
  const read = () => Promise.resolve(++reads);
  expect(await untilCaughtUp(read, () => false, clock)).toBe(121);
  expect(clock.sleeps).toHaveLength(120);
});
