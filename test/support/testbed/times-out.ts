// Run as a test file by own-cluster.test.ts: its first test times out, whereupon bun kills every child of the run.
import { beforeAll, expect, test } from "bun:test";
import { type OwnCluster, startCluster } from "./management-cluster.ts";

let cluster: OwnCluster;

beforeAll(async () => {
  cluster = await startCluster({ name: "kept" });
}, 60_000);

test("takes too long", () => Bun.sleep(60_000), 100);

test("finds its cluster nevertheless", async () => {
  // A moment for a server to die in.
  await Bun.sleep(500);
  expect((await cluster.api.request("GET", "/readyz")).status).toBe(200);
});
