// Why a program does not run, in the words of whoever knows.
import { describe, expect, test } from "bun:test";
import { hopelessReason, isAvailable, reasonsOf } from "../../src/plan/pod-reasons.ts";
import { anObject, type Fields } from "./provider-world.ts";

const workload = (status: Fields = {}, kind = "Deployment", spec: Fields = { replicas: 1 }) =>
  anObject(`${kind} ns/d`, { metadata: { generation: 2 }, spec, status });
const pod = (status: Fields) => anObject("Pod ns/p", { status });
const container = (state: Fields, more: Fields = {}) => ({
  name: "manager",
  image: "ghcr.io/x/m:v1",
  ready: false,
  state,
  ...more,
});
const event = (reason: string, message: string) => anObject("Event ns/e", { reason, message });

describe("reasons", () => {
  test.each([
    ["no pod yet", {}],
    ["its pods are not ready", { pods: [pod({})] }],
    [
      "manager (ghcr.io/x/m:v1): ImagePullBackOff: Back-off pulling image",
      {
        pods: [
          pod({
            containerStatuses: [
              container({
                waiting: { reason: "ImagePullBackOff", message: "Back-off pulling\n image" },
              }),
            ],
            conditions: [
              { type: "Ready", status: "False", reason: "ContainersNotReady", message: "x" },
            ],
          }),
        ],
      },
    ],
    [
      "manager (ghcr.io/x/m:v1): CrashLoopBackOff",
      {
        pods: [
          pod({ containerStatuses: [container({ waiting: { reason: "CrashLoopBackOff" } })] }),
        ],
      },
    ],
    [
      "manager (ghcr.io/x/m:v1): Error: exit code 2",
      {
        pods: [
          pod({
            containerStatuses: [
              container({
                terminated: {
                  reason: "Error",
                  exitCode: 2,
                  message: "no such flag --token=s3cr3t",
                },
              }),
            ],
          }),
        ],
      },
    ],
    [
      "Unschedulable: 0/1 nodes are available",
      {
        pods: [
          pod({
            conditions: [
              {
                type: "PodScheduled",
                status: "False",
                reason: "Unschedulable",
                message: "0/1 nodes are available",
              },
            ],
          }),
        ],
      },
    ],
    [
      'FailedMount: secret "x" not found',
      {
        pods: [
          pod({ containerStatuses: [container({ waiting: { reason: "ContainerCreating" } })] }),
        ],
        events: [event("FailedMount", 'secret "x" not found'), event("BackOff", "said already")],
      },
    ],
    [
      "ContainersNotReady: probe failed",
      {
        pods: [
          pod({
            containerStatuses: [container({ running: {} })],
            conditions: [
              {
                type: "Ready",
                status: "False",
                reason: "ContainersNotReady",
                message: "probe failed",
              },
            ],
          }),
        ],
      },
    ],
    [
      "FailedCreate: pods are forbidden",
      {
        workload: workload({
          conditions: [
            {
              type: "ReplicaFailure",
              status: "True",
              reason: "FailedCreate",
              message: "pods are forbidden",
            },
          ],
        }),
      },
    ],
    ["Evicted: out of memory", { pods: [pod({ reason: "Evicted", message: "out of memory" })] }],
  ] as const)("%s", (want, known) => {
    expect(reasonsOf({ workload: workload(), pods: [], events: [], ...known })).toEqual([want]);
  });
});

describe("available", () => {
  const available = { conditions: [{ type: "Available", status: "True" }] };
  test.each([
    [
      "a Deployment that says so",
      workload({ ...available, observedGeneration: 2, updatedReplicas: 1 }),
      true,
    ],
    [
      "one that said so of an older spec",
      workload({ ...available, observedGeneration: 1, updatedReplicas: 1 }),
      false,
    ],
    ["one whose new pods are not made", workload({ ...available, observedGeneration: 2 }), false],
    [
      "one that wants no pods",
      workload({ ...available, observedGeneration: 2 }, "Deployment", { replicas: 0 }),
      true,
    ],
    [
      "a StatefulSet",
      workload({ observedGeneration: 2, updatedReplicas: 1, readyReplicas: 1 }, "StatefulSet"),
      true,
    ],
    [
      "a StatefulSet that starts",
      workload({ observedGeneration: 2, updatedReplicas: 1 }, "StatefulSet"),
      false,
    ],
    [
      "a DaemonSet",
      workload(
        { observedGeneration: 2, desiredNumberScheduled: 2, numberReady: 2 },
        "DaemonSet",
        {},
      ),
      true,
    ],
    [
      "a DaemonSet that starts",
      workload(
        { observedGeneration: 2, desiredNumberScheduled: 2, numberReady: 1 },
        "DaemonSet",
        {},
      ),
      false,
    ],
  ] as const)("%s", (_, object, want) => {
    expect(isAvailable(object)).toBe(want);
  });
});

describe("what no waiting mends", () => {
  const waiting = (reason: string, spec: Fields = {}) => ({
    ...pod({ containerStatuses: [container({ waiting: { reason, message: "no" } })] }),
    spec,
  });
  const pulling = { imagePullSecrets: [{ name: "registry" }] };
  const refusal = (message: string) => ({
    conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message }],
  });
  const cases: Readonly<Record<string, readonly [Parameters<typeof hopelessReason>[0], string?]>> =
    {
      "a name that is no image": [
        { workload: workload(), pods: [waiting("InvalidImageName")] },
        "manager (ghcr.io/x/m:v1): InvalidImageName: no",
      ],
      "an image that is never pulled": [
        { workload: workload(), pods: [waiting("ErrImageNeverPull")] },
        "manager (ghcr.io/x/m:v1): ErrImageNeverPull: no",
      ],
      "a pull secret that is missing": [
        { workload: workload(), pods: [waiting("ImagePullBackOff", pulling)] },
        "manager (ghcr.io/x/m:v1): ImagePullBackOff: no; its image pull secret ns/registry does not exist",
      ],
      "pods that the namespace forbids": [
        { workload: workload(refusal('violates PodSecurity "restricted"')), pods: [] },
        'FailedCreate: violates PodSecurity "restricted"',
      ],
      "but a quota may be raised": [{ workload: workload(refusal("exceeded quota")), pods: [] }],
      "but a registry may come back": [
        { workload: workload(), pods: [waiting("ImagePullBackOff")] },
      ],
      "but a program may recover": [
        { workload: workload(), pods: [waiting("CrashLoopBackOff", pulling)] },
      ],
      "but a Secret may be issued": [
        { workload: workload(), pods: [waiting("CreateContainerConfigError", pulling)] },
      ],
    };

  test.each(Object.entries(cases))("%s", (_name, [found, want]) => {
    expect(hopelessReason(found, new Set(["other"]))).toBe(want as never);
  });

  test("a pull secret that is there is not the reason", () => {
    const pods = [waiting("ErrImagePull", pulling)];
    expect(hopelessReason({ workload: workload(), pods }, new Set(["registry"]))).toBe(undefined);
  });

  test("a pod that goes away does not count", () => {
    const going = waiting("InvalidImageName");
    const metadata = { ...going.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    const pods = [{ ...going, metadata }];
    expect(hopelessReason({ workload: workload(), pods }, new Set())).toBe(undefined);
  });
});
