import { expect, test } from "bun:test";
import { findProviders } from "../../src/plan/providers.ts";
import { providerOf, runningProviders } from "../../src/plan/running-providers.ts";
import { aKind, aProgram, aService, byClusterctl, installed } from "./installations.ts";

const labelled = aKind("DockerCluster", byClusterctl("infrastructure-docker"));
const converted = aKind("FooCluster", {}, { conversion: { service: "foo/hooks" } });
const unknown = aKind("BareMetalHost");

test("a kind's provider is told by its label, else by who converts it, else by its group", () => {
  expect([labelled, converted, unknown].map(providerOf)).toEqual([
    "infrastructure-docker",
    "foo/hooks",
    "metal3.io",
  ]);
});

test("who runs is known whatever labels the programs carry", () => {
  const kinds = [labelled, converted, unknown];
  const running = (replicas: number, named: readonly string[] = []) =>
    runningProviders(
      findProviders(
        installed({
          kinds,
          services: [aService("foo/hooks", { app: "foo" })],
          workloads: [
            aProgram("foo/foo", { podLabels: { app: "foo" }, replicas }),
            aProgram("bmo/bmo", { replicas }),
          ],
        }),
        named,
      ),
      kinds,
    );
  expect([...running(1)]).toEqual(["foo/hooks"]);
  expect([...running(1, ["bmo/bmo"])]).toEqual(["foo/hooks", "metal3.io"]);
  expect([...running(0, ["bmo/bmo"])]).toEqual([]);
});
