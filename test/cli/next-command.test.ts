import { describe, expect, test } from "bun:test";
import { commandLines, type Known } from "../../src/cli/next-command.ts";
import type { RawFlags } from "../../src/cli/options.ts";
import { readStatusFlags } from "../../src/cli/status-flags.ts";
import type { Look } from "../../src/model/status.ts";
import { statusOf } from "../../src/plan/status.ts";
import { aLook, aRecord, NOW, SOURCE, TARGET } from "../plan/looks.ts";

interface Case {
  readonly typed: RawFlags;
  readonly looks: readonly Look[];
  readonly env?: Known["env"];
  /** Contexts of the kubeconfig, with their servers. */
  readonly servers?: Readonly<Record<string, string>>;
  readonly want: readonly string[];
}

const ofSource = aLook(SOURCE, { records: [aRecord()] });
const ofTarget = aLook(TARGET, { records: [aRecord({ phase: "verified" })] });
const committed = aLook(SOURCE, { records: [aRecord({ phase: "committed" })] });

function linesOf({ typed, looks, env = {}, servers = {} }: Case) {
  const known = { flags: readStatusFlags(typed), env, servers: new Map(Object.entries(servers)) };
  return commandLines(statusOf(looks, NOW), known);
}

function commandsOf(one: Case): readonly string[] {
  return linesOf(one).map(({ command }) => command.replace("kubectl capi-pivot ", ""));
}

describe("a command names both clusters as they are reached from here", () => {
  const cases: Readonly<Record<string, Case>> = {
    "two contexts of the usual kubeconfig": {
      typed: { context: "kind-boot", toContext: "prod" },
      looks: [committed, ofTarget],
      want: ["resume --context kind-boot --to-context prod"],
    },
    "the target first: the roles are those of the run": {
      typed: { kubeconfig: "all.yaml", toContext: "kind-boot" },
      looks: [ofTarget, committed],
      want: ["resume --kubeconfig all.yaml --context kind-boot --to-context prod"],
    },
    "two files, and the contexts that are current now": {
      typed: { kubeconfig: "s.yaml", toKubeconfig: "my target.yaml" },
      looks: [committed, ofTarget],
      want: [
        "resume --kubeconfig s.yaml --context kind-boot --to-kubeconfig 'my target.yaml' --to-context prod",
      ],
    },
    "the usual kubeconfig after another file": {
      typed: { toKubeconfig: "s.yaml" },
      looks: [ofTarget, committed],
      want: [
        "resume --kubeconfig s.yaml --context kind-boot --to-kubeconfig ~/.kube/config --to-context prod",
      ],
    },
    "the file of $KUBECONFIG after another file": {
      typed: { toKubeconfig: "s.yaml" },
      looks: [ofTarget, committed],
      env: { KUBECONFIG: "/etc/admin.conf" },
      want: [
        "resume --kubeconfig s.yaml --context kind-boot --to-kubeconfig /etc/admin.conf --to-context prod",
      ],
    },
    "several files of $KUBECONFIG, which no flag takes": {
      typed: { toKubeconfig: "s.yaml" },
      looks: [ofTarget, committed],
      env: { KUBECONFIG: "/a:/b" },
      want: [
        "resume --kubeconfig s.yaml --context kind-boot --to-kubeconfig FILE --to-context prod",
      ],
    },
    "a server and a user of flags, without the token": {
      typed: {
        context: "kind-boot",
        kubeconfigUser: "me",
        toServer: "https://b:6443",
        toToken: "secret",
        toInsecureSkipTlsVerify: true,
        toAs: "a b",
        toAsGroups: ["g"],
        toAsUserExtras: ["k=v"],
      },
      looks: [committed, ofTarget],
      want: [
        "resume --context kind-boot --kubeconfig-user me --to-server https://b:6443 --to-token TOKEN --to-as 'a b' --to-insecure-skip-tls-verify --to-as-group g --to-as-user-extra k=v",
      ],
    },
    "the Cluster of a Secret at another address": {
      typed: { toCluster: "default/web", toServer: "https://localhost:1" },
      looks: [committed, ofTarget],
      want: ["resume --context kind-boot --to-cluster default/web --to-server https://localhost:1"],
    },
    "a Cluster of the source": {
      typed: { toCluster: "default/web" },
      looks: [committed, ofTarget],
      want: ["resume --context kind-boot --to-cluster default/web"],
    },
  };
  test.each(Object.entries(cases))("%s", (_, one) => {
    expect(commandsOf(one)).toEqual([...one.want]);
  });
});

describe("from one cluster alone", () => {
  const cases: Readonly<Record<string, Case>> = {
    "the other is a placeholder, which a lost one does not need": {
      typed: { kubeconfig: "s.yaml" },
      looks: [ofSource],
      want: [
        "resume --kubeconfig s.yaml --context kind-boot --to-kubeconfig FILE",
        "rollback --kubeconfig s.yaml --context kind-boot --to-kubeconfig FILE",
        "rollback --kubeconfig s.yaml --context kind-boot --target-lost",
      ],
    },
    "the target's": {
      typed: { kubeconfig: "t.yaml" },
      looks: [ofTarget],
      want: [
        "resume --kubeconfig FILE --to-kubeconfig t.yaml --to-context prod",
        "rollback --kubeconfig FILE --to-kubeconfig t.yaml --to-context prod",
        "resume --to-kubeconfig t.yaml --to-context prod --source-lost",
      ],
    },
    "in the usual kubeconfig, which --to-context needs no file for": {
      typed: {},
      looks: [ofTarget],
      want: [
        "resume --kubeconfig FILE --to-kubeconfig ~/.kube/config --to-context prod",
        "rollback --kubeconfig FILE --to-kubeconfig ~/.kube/config --to-context prod",
        "resume --to-context prod --source-lost",
      ],
    },
    "a context of that name and server is the other one": {
      typed: {},
      looks: [committed],
      servers: { prod: "10.0.0.1:6443" },
      want: ["resume --context kind-boot --to-context prod"],
    },
    "a context of that name elsewhere is not": {
      typed: {},
      looks: [committed],
      servers: { prod: "10.0.0.2:6443" },
      want: ["resume --context kind-boot --to-kubeconfig FILE"],
    },
    "something left over, without a run": {
      typed: {},
      looks: [aLook(SOURCE, { hasNamespace: true })],
      want: ["rollback --context kind-boot --to-kubeconfig FILE"],
    },
  };
  test.each(Object.entries(cases))("%s", (_, one) => {
    expect(commandsOf(one)).toEqual([...one.want]);
  });

  test("it is said whose kubeconfig FILE is", () => {
    const whys = linesOf({ typed: {}, looks: [ofSource], want: [] }).map(({ why }) => why);
    expect(whys).toEqual([
      "goes on from where it stopped; FILE: a kubeconfig of the target, prod (10.0.0.1:6443)",
      "puts everything back as it was; FILE: a kubeconfig of the target, prod (10.0.0.1:6443)",
      "only if the target is gone for good: puts the source back",
    ]);
  });
});
