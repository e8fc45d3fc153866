import { describe, expect, test } from "bun:test";
import {
  hasTarget,
  type RawClusterFlags,
  readSource,
  readTarget,
} from "../../src/cli/cluster-flags.ts";

describe("the source", () => {
  test.each<[string, RawClusterFlags, object]>([
    ["nothing is kubectl's default", {}, {}],
    ["a file and a context", { kubeconfig: "a", context: "b" }, { path: "a", context: "b" }],
    [
      "a server and how to trust it",
      { server: "https://a:1", certificateAuthority: "ca", tlsServerName: "n" },
      { overrides: { server: "https://a:1", caFile: "ca", tlsServerName: "n" } },
    ],
    [
      "entries of the kubeconfig",
      { kubeconfigCluster: "c", kubeconfigUser: "u" },
      { overrides: { cluster: "c", user: "u" } },
    ],
    [
      "credentials",
      { token: "t", clientCertificate: "crt", clientKey: "key" },
      { overrides: { token: "t", certFile: "crt", keyFile: "key" } },
    ],
    ["no trust at all", { insecureSkipTlsVerify: true }, { overrides: { insecure: true } }],
    ["a switch that is off", { insecureSkipTlsVerify: false }, {}],
    [
      "impersonation, extras by key",
      { as: "a", asUid: "1", asGroups: ["g", "h"], asUserExtras: ["k=1", "k=2=3", "l="] },
      {
        overrides: {
          as: "a",
          asUid: "1",
          asGroups: ["g", "h"],
          asExtra: { k: ["1", "2=3"], l: [""] },
        },
      },
    ],
    ["flags of the target are not its", { toServer: "x", toToken: "t" }, {}],
  ])("%s", (_, raw, want) => {
    expect(readSource(raw)).toEqual(want);
  });
});

describe("the target", () => {
  test.each<[string, RawClusterFlags, object]>([
    [
      "a context of the source's file, with the target's own token",
      { kubeconfig: "s", toContext: "b", toToken: "t", token: "of the source" },
      { from: "kubeconfig", path: "s", context: "b", overrides: { token: "t" } },
    ],
    [
      "a cluster of the source's file",
      { toKubeconfigCluster: "c" },
      { from: "kubeconfig", overrides: { cluster: "c" } },
    ],
    [
      "a server alone, which gets no credentials of a kubeconfig",
      { kubeconfig: "s", toServer: "https://a", toCertificateAuthority: "ca" },
      { from: "flags", overrides: { server: "https://a", caFile: "ca" } },
    ],
    [
      "a server for a user of the source's file",
      { kubeconfig: "s", toServer: "https://a", toKubeconfigUser: "u" },
      { from: "kubeconfig", path: "s", overrides: { server: "https://a", user: "u" } },
    ],
    [
      "a server for a file",
      { toKubeconfig: "t", toServer: "https://a" },
      { from: "kubeconfig", path: "t", overrides: { server: "https://a" } },
    ],
    [
      "another address for the kubeconfig in a Secret",
      { toCluster: "ns/c", toServer: "https://localhost:1", toTlsServerName: "c" },
      {
        from: "cluster",
        namespace: "ns",
        name: "c",
        overrides: { server: "https://localhost:1", tlsServerName: "c" },
      },
    ],
    [
      "every flag of it",
      {
        toKubeconfig: "f",
        toInsecureSkipTlsVerify: true,
        toClientCertificate: "crt",
        toClientKey: "key",
        toAs: "a",
        toAsUid: "1",
        toAsGroups: ["g"],
        toAsUserExtras: ["k=v"],
      },
      {
        from: "kubeconfig",
        path: "f",
        overrides: {
          ...{ insecure: true, certFile: "crt", keyFile: "key" },
          ...{ as: "a", asUid: "1", asGroups: ["g"], asExtra: { k: ["v"] } },
        },
      },
    ],
  ])("%s", (_, raw, want) => {
    expect(hasTarget(raw)).toBe(true);
    expect(readTarget(raw)).toEqual(want as ReturnType<typeof readTarget>);
  });
});

describe("what is refused", () => {
  test.each<[string, RawClusterFlags, string]>([
    ["no target", { server: "https://a" }, "no target"],
    ["a user of nowhere", { toKubeconfigUser: "u" }, "no target"],
    ["a token of nowhere", { toToken: "t" }, "no target"],
    ["two targets", { toCluster: "a/b", toKubeconfig: "f" }, "cannot be combined"],
    ["entries of a Secret", { toCluster: "a/b", toKubeconfigUser: "u" }, "cannot be combined"],
    ["a variable that is not set", { toServer: "https://a", toToken: "" }, "--to-token is empty"],
    ["an empty address", { toServer: "" }, "--to-server is empty"],
    ["an extra without a value", { toContext: "b", toAsUserExtras: ["k"] }, "--to-as-user-extra"],
  ])("%s", (_, raw, message) => {
    expect(() => readTarget(raw)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining(message) }),
    );
  });

  test("empty values of the source too", () => {
    expect(() => readSource({ token: "" })).toThrow("--token is empty");
    expect(() => readSource({ asUserExtras: ["=v"] })).toThrow("--as-user-extra does not take");
  });
});
