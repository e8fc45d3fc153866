// Rows about connection flags over a kubeconfig. kubectl gets the same under its own names.
import { as, base64, config, exec, pairData, plugin, there, to } from "./kubeconfigs.ts";
import type { LoginWorld } from "./login-world.ts";
import type { LoginRow } from "./row.ts";

const STRANGER = "token-stranger";
/** The certificate is for it too. */
const OTHER_NAME = "localhost";

function wrongServer(world: LoginWorld, more: object = {}): object {
  return there(world, { server: "https://127.0.0.1:1", ...more });
}

/** Of the cluster. */
const CLUSTER_FLAGS: readonly LoginRow[] = [
  {
    name: "--server",
    login: (world) => ({ ...to(world, wrongServer(world)), flags: { server: world.url } }),
    who: STRANGER,
  },
  {
    name: "--server, which is not verified by the name that the kubeconfig gives",
    login: (world) => ({
      ...to(world, wrongServer(world, { "tls-server-name": "example.com" })),
      flags: { server: world.url },
    }),
    who: STRANGER,
  },
  {
    name: "--server and --tls-server-name",
    login: (world) => ({
      ...to(world, wrongServer(world)),
      flags: { server: `https://0.0.0.0:${world.port}`, tlsServerName: OTHER_NAME },
    }),
    who: STRANGER,
  },
  {
    name: "--certificate-authority over other data",
    login: (world) => {
      const other = { "certificate-authority-data": base64(world.otherCa) };
      const login = to(world, { server: world.url, ...other });
      return {
        files: { ...login.files, "ca.crt": world.ca },
        flags: { caFile: "$DIR/ca.crt" },
      };
    },
    who: STRANGER,
  },
  {
    name: "--certificate-authority over insecure-skip-tls-verify, of another authority",
    login: (world) => {
      const login = to(world, { server: world.url, "insecure-skip-tls-verify": true });
      return {
        files: { ...login.files, "ca.crt": world.otherCa },
        flags: { caFile: "$DIR/ca.crt" },
      };
    },
    refused: "CERTIFICATE_UNTRUSTED",
  },
  {
    name: "--insecure-skip-tls-verify over another authority",
    login: (world) => {
      const other = { "certificate-authority-data": base64(world.otherCa) };
      return { ...to(world, { server: world.url, ...other }), flags: { insecure: true } };
    },
    who: STRANGER,
  },
  {
    name: "--cluster and --user, of other entries",
    login: (world) => ({
      files: {
        config: config(
          wrongServer(world),
          {},
          {
            clusters: [
              { name: "c", cluster: wrongServer(world) },
              { name: "d", cluster: there(world) },
            ],
            users: [
              { name: "u", user: { token: "hello" } },
              { name: "v", user: { token: world.tokens.stranger } },
            ],
          },
        ),
      },
      flags: { cluster: "d", user: "v" },
    }),
    who: STRANGER,
  },
  {
    name: "--cluster that is not there",
    login: (world) => ({ ...to(world, there(world)), flags: { cluster: "gone" } }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "--server, --certificate-authority and --token, and no kubeconfig",
    login: (world) => ({
      files: { "ca.crt": world.ca },
      env: {},
      flags: { server: world.url, caFile: "$DIR/ca.crt", token: world.tokens.stranger },
    }),
    who: STRANGER,
  },
];

/** Of the user. */
const USER_FLAGS: readonly LoginRow[] = [
  {
    name: "--token over another",
    login: (world) => ({
      ...as(world, { token: "hello" }),
      flags: { token: world.tokens.stranger },
    }),
    who: STRANGER,
  },
  {
    name: "--token over a plugin, which does not run",
    login: (world) => ({
      ...as(world, exec(), { plugin: "#!/bin/sh\nexit 9\n" }),
      flags: { token: world.tokens.stranger },
    }),
    who: STRANGER,
  },
  {
    name: "--token beside basic auth",
    login: (world) => ({
      ...as(world, { username: "jane", password: "x" }),
      flags: { token: world.tokens.stranger },
    }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "--client-certificate and --client-key over data",
    login: (world) => ({
      ...as(world, pairData(world.certs.foreign), {
        "me.crt": world.certs.ec.cert,
        "me.key": world.certs.ec.key,
      }),
      flags: { certFile: "$DIR/me.crt", keyFile: "$DIR/me.key" },
    }),
    who: "ec-user",
  },
  {
    name: "--as, --as-uid, --as-group twice and --as-user-extra, over a plugin's user",
    login: (world) => ({
      ...as(world, exec(), { plugin: plugin({ token: world.tokens.admin }) }),
      flags: {
        ...{ as: "jane", asUid: "42", asGroups: ["a", "b"] },
        asExtra: { one: ["1", "2"], two: ["3"] },
      },
    }),
    who: "jane",
  },
  {
    name: "--as-group over as-groups",
    login: (world) => ({
      ...as(world, { token: world.tokens.admin, as: "jane", "as-groups": ["a", "b"] }),
      flags: { asGroups: ["c"] },
    }),
    who: "jane",
  },
  {
    name: "--as-user-extra beside as-user-extra",
    login: (world) => ({
      ...as(world, {
        ...{ token: world.tokens.admin, as: "jane" },
        "as-user-extra": { one: ["1"], two: ["2"] },
      }),
      flags: { asExtra: { two: ["3"], three: ["4"] } },
    }),
    who: "jane",
  },
  {
    name: "--as-group without --as",
    login: (world) => ({
      ...as(world, { token: world.tokens.admin }),
      flags: { asGroups: ["a"] },
    }),
    refused: "KUBECONFIG_INVALID",
  },
];

/** Flags, as kubectl calls them. */
export const FLAG_ROWS = [...CLUSTER_FLAGS, ...USER_FLAGS];
