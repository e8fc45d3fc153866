// Whatever goes wrong before the point of no return: the source is as it was, the target holds nothing of the run, and
// the error says so.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { OUR_NAMESPACE } from "../../src/model/capi.ts";
import { EXIT, PivotError } from "../../src/model/error.ts";
import { ask } from "../support/fleet/fleet-api.ts";
import type { Fleet } from "../support/fleet/fleets.ts";
import { lookAtFleet } from "../support/fleet/look.ts";
import type { PivotOutcome, PivotRequest } from "../support/pivot-session.ts";
import {
  firstOf,
  namespaceIsGone,
  type Stage,
  type State,
  smallFleet,
  startStage,
  stateOf,
} from "../support/stage.ts";

const LONG = 120_000;
const MERGE = "application/merge-patch+json";
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, LONG * 8);

afterEach(() => {
  stage.reset();
});

afterAll(() => stage.stop());

/** Runs a pivot that must fail and be undone. */
async function failedPivot(
  fleet: Fleet,
  request: Partial<PivotRequest> = {},
): Promise<PivotError & { readonly outcome: PivotOutcome }> {
  const outcome = await stage.pivot(fleet, request);
  if (!(outcome.error instanceof PivotError)) throw outcome.error ?? new Error("it succeeded");
  return Object.assign(outcome.error, { outcome });
}

async function expectUntouched(fleet: Fleet, before: State): Promise<void> {
  expect(await stateOf(stage.source, fleet)).toEqual(before);
  expect([...(await lookAtFleet(stage.target.api, fleet)).keys()]).toEqual([]);
  for (const cluster of [stage.source, stage.target]) {
    expect(await namespaceIsGone(cluster, OUR_NAMESPACE)).toBe(true);
  }
  for (const namespace of fleet.namespaces) {
    expect(await namespaceIsGone(stage.target, namespace)).toBe(true);
  }
}

describe("a target that refuses a copy", () => {
  test(
    "by an admission policy: the server's words, and everything is put back",
    async () => {
      const fleet = await smallFleet(stage, "refused");
      const before = await stateOf(stage.source, fleet);
      const remove = await refuseMachines("refused");

      const { code, exitCode, message, cluster } = await failedPivot(fleet);

      expect({ code, exitCode, cluster }).toEqual({
        code: "CREATE_REFUSED",
        exitCode: EXIT.unchanged,
        cluster: "target",
      });
      expect(message).toContain("Machine.cluster.x-k8s.io refused/bench-00-");
      expect(message).toContain("no machines here");
      expect(message).toEndWith("everything was put back, nothing is left changed");
      await expectUntouched(fleet, before);
      await remove();
    },
    LONG,
  );

  test(
    "with a server error that does not go away",
    async () => {
      const fleet = await smallFleet(stage, "broken");
      const before = await stateOf(stage.source, fleet);
      const isMachine = (path: string) => path.endsWith("/machinesets");
      stage.proxies.target.on({
        when: ({ method, path, isWrite }) => isWrite && method === "POST" && isMachine(path),
        fault: { type: "answer", status: 500 },
      });
      const { exitCode } = await failedPivot(fleet);
      expect(exitCode).toBe(EXIT.unchanged);
      await expectUntouched(fleet, before);
    },
    LONG,
  );
});

/** A real admission plugin of the target: no Machine may be created in this namespace. */
async function refuseMachines(namespace: string): Promise<() => Promise<void>> {
  const base = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic";
  const name = `no-machines-in-${namespace}`;
  const rule = { apiGroups: ["cluster.x-k8s.io"], apiVersions: ["*"], resources: ["machines"] };
  await ask(stage.target.api, "POST", `${base}ies`, {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: [{ ...rule, operations: ["CREATE"] }] },
      validations: [{ expression: "false", message: "no machines here" }],
    },
  });
  await ask(stage.target.api, "POST", `${base}ybindings`, {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: { policyName: name, validationActions: ["Deny"] },
  });
  await untilRefused(namespace);
  return async () => {
    await ask(stage.target.api, "DELETE", `${base}ybindings/${name}`);
    await ask(stage.target.api, "DELETE", `${base}ies/${name}`);
  };
}

/** The plugin looks for new policies now and then. */
async function untilRefused(namespace: string): Promise<void> {
  const path = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machines?dryRun=All";
  const body = JSON.stringify({
    apiVersion: "cluster.x-k8s.io/v1beta2",
    kind: "Machine",
    metadata: { name: `probe-${namespace}` },
    spec: {
      clusterName: "c",
      bootstrap: { dataSecretName: "s" },
      infrastructureRef: { apiGroup: "x.y", kind: "Z", name: "n" },
    },
  });
  const headers = { "content-type": "application/json" };
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await stage.target.api.request("POST", path, body, headers);
    if (answer.text.includes("no machines here")) return;
    await Bun.sleep(100);
  }
  throw new Error("the policy never came to act");
}

describe("an interrupt", () => {
  const moments: readonly (readonly [string, "source" | "target", (path: string) => boolean])[] = [
    ["while the source is paused", "source", (path) => path.includes("/clusters/")],
    ["during the copy", "target", (path) => path.endsWith("/machines")],
    ["when the status is restored", "target", (path) => path.endsWith("/status")],
    ["when the target's record says verified", "target", isRecord],
  ];

  test.each(moments)(
    "%s puts everything back and keeps its exit code",
    async (_when, side, isMoment) => {
      const namespace = `stop-${moments.findIndex(([when]) => when === _when)}`;
      const fleet = await smallFleet(stage, namespace);
      const before = await stateOf(stage.source, fleet);
      const interrupt = new AbortController();
      stage.proxies[side].on({
        when: ({ isWrite, path, method }) =>
          isWrite && isMoment(path) && !(method === "POST" && isRecord(path)),
        before: () => interrupt.abort(interruption()),
      });
      const error = await failedPivot(fleet, { signal: interrupt.signal });
      expect(error.code).toBe("INTERRUPTED");
      expect(error.exitCode).toBe(EXIT.sigint);
      await expectUntouched(fleet, before);
    },
    LONG,
  );
});

function isRecord(path: string): boolean {
  return path.includes("/configmaps");
}

function interruption(): PivotError {
  return new PivotError({
    code: "INTERRUPTED",
    message: "interrupted by SIGINT",
    exitCode: EXIT.sigint,
  });
}

describe("a foreign hand", () => {
  test(
    "that adds a Secret below the Cluster after the copy stops the run, and the Secret stays",
    async () => {
      const fleet = await smallFleet(stage, "added");
      const before = await stateOf(stage.source, fleet);
      const cluster = firstOf(
        await lookAtFleet(stage.source.api, fleet),
        "Cluster.cluster.x-k8s.io",
      );
      const { apiVersion, kind, metadata } = cluster;
      const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid };
      const path = "/api/v1/namespaces/added/secrets";
      const { code, message } = await failedPivot(fleet, {
        onEvent: whenVerifying(() =>
          ask(stage.source.api, "POST", path, {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "late", ownerReferences: [owner] },
          }),
        ),
      });
      expect(code).toBe("SOURCE_CHANGED");
      expect(message).toContain("Secret added/late was added");
      await ask(stage.source.api, "DELETE", `${path}/late`);
      await expectUntouched(fleet, before);
    },
    LONG,
  );

  test(
    "that changes an object of the source after the copy",
    async () => {
      const fleet = await smallFleet(stage, "edited");
      const path = await machinePath(fleet);
      let changed: unknown;
      const { code, message } = await failedPivot(fleet, {
        onEvent: whenVerifying(async () => {
          const patch = { metadata: { labels: { hand: "foreign" } } };
          await ask(stage.source.api, "PATCH", path, patch, MERGE);
          changed = await stateOf(stage.source, fleet);
        }),
      });
      expect(code).toBe("SOURCE_CHANGED");
      expect(message).toContain("Machine.cluster.x-k8s.io edited/");
      expect(Object.keys(changed as object)).toHaveLength(fleet.objects.length);
      const after = firstOf(await lookAtFleet(stage.source.api, fleet), "Machine.cluster.x-k8s.io");
      expect(after.metadata.labels?.["hand"]).toBe("foreign");
    },
    LONG,
  );

  test(
    "that changes a copy",
    async () => {
      const fleet = await smallFleet(stage, "copied");
      const before = await stateOf(stage.source, fleet);
      const path = await machinePath(fleet);
      const { code, message } = await failedPivot(fleet, {
        onEvent: whenVerifying(() =>
          ask(stage.target.api, "PATCH", path, { spec: { clusterName: "other" } }, MERGE),
        ),
      });
      expect(code).toBe("COPY_DIFFERS");
      expect(message).toContain("spec.clusterName (changed)");
      await expectUntouched(fleet, before);
    },
    LONG,
  );

  test(
    "that adds a Machine between the question and the run",
    async () => {
      const fleet = await smallFleet(stage, "drifted");
      const path = await machinePath(fleet);
      const collection = path.slice(0, path.lastIndexOf("/"));
      const { code, message } = await failedPivot(fleet, {
        beforeRun: async () => {
          const machine = firstOf(
            await lookAtFleet(stage.source.api, fleet),
            "Machine.cluster.x-k8s.io",
          );
          const { ownerReferences, namespace, labels } = machine.metadata;
          const metadata = { name: "late", namespace, labels, ownerReferences };
          const { apiVersion, kind } = machine;
          const body = { apiVersion, kind, metadata, spec: machine["spec"] };
          await ask(stage.source.api, "POST", collection, body);
        },
      });
      expect(code).toBe("PLAN_DRIFTED");
      expect(message).toContain("Machine.cluster.x-k8s.io drifted/late");
      await ask(stage.source.api, "DELETE", `${collection}/late`);
    },
    LONG,
  );
});

async function machinePath(fleet: Fleet): Promise<string> {
  const machine = firstOf(await lookAtFleet(stage.source.api, fleet), "Machine.cluster.x-k8s.io");
  const { name, namespace } = machine.metadata;
  return `/apis/cluster.x-k8s.io/v1beta2/namespaces/${namespace}/machines/${name}`;
}

/** Nothing is read of the target for the comparison before `work` is done. */
function whenVerifying(work: () => Promise<unknown>): NonNullable<PivotRequest["onEvent"]> {
  return (event) => {
    if (event.type !== "step-started" || event.step !== "verify") return;
    let done: Promise<unknown> | undefined;
    stage.proxies.target.on({
      when: ({ method }) => method === "GET",
      before: () => {
        done ??= work();
        return done;
      },
    });
  };
}

// Last: it leaves a record in the target.
describe("a pivot after one that was undone", () => {
  test(
    "succeeds, although nobody has observed the generations that undoing has raised",
    async () => {
      const fleet = await smallFleet(stage, "again");
      const interrupt = new AbortController();
      stage.proxies.target.on({
        when: ({ method, path, isWrite }) =>
          isWrite && method === "POST" && path.endsWith("/machines"),
        times: 1,
        before: () => interrupt.abort(interruption()),
      });
      const { code } = await failedPivot(fleet, { signal: interrupt.signal });
      expect(code).toBe("INTERRUPTED");
      const { error } = await stage.pivot(fleet);
      expect(error).toBeUndefined();
      expect((await lookAtFleet(stage.target.api, fleet)).size).toBe(fleet.objects.length);
    },
    LONG,
  );
});
