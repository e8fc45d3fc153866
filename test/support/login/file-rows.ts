// Rows about kubeconfig files: which are read, how they are merged, what is refused.
import { base64, config, exec, pairData, plugin, there } from "./kubeconfigs.ts";
import type { LoginWorld } from "./login-world.ts";
import type { LoginRow } from "./row.ts";

const STRANGER = "token-stranger";
const ADMIN = "token-admin";

function good(world: LoginWorld): object {
  return config(there(world), { token: world.tokens.stranger });
}

/** As YAML that a person would write; `LINES` are added to the cluster. */
function yaml(world: LoginWorld, { name = "there", lines = "" } = {}): string {
  return `# by hand
apiVersion: v1
kind: Config
clusters:
- name: c
  cluster:
    server: ${world.url}
    ${lines === "" ? `certificate-authority-data: ${base64(world.ca)}` : lines}
users:
- name: u
  user: {token: ${world.tokens.stranger}}
contexts:
- name: ${name}
  context: &there
    cluster: c
    user: u
- name: again
  context: *there
current-context: ${name}
`;
}

const MERGED: readonly LoginRow[] = [
  {
    name: "~/.kube/config, when nothing else is said",
    login: (world) => ({ files: { "home/.kube/config": good(world) }, env: {} }),
    who: STRANGER,
  },
  {
    name: "KUBECONFIG over ~/.kube/config",
    login: (world) => ({
      files: { "home/.kube/config": config(there(world)), config: good(world) },
    }),
    who: STRANGER,
  },
  {
    name: "cluster, user and context in three files",
    login: (world) => ({
      files: {
        a: { clusters: [{ name: "c", cluster: there(world) }] },
        b: { users: [{ name: "u", user: { token: world.tokens.stranger } }] },
        c: config({}, {}, { clusters: [], users: [] }),
      },
      env: { KUBECONFIG: "$DIR/a:$DIR/b:$DIR/c" },
    }),
    who: STRANGER,
  },
  {
    name: "an entry in two files: the first wins, and wins whole",
    login: (world) => ({
      files: {
        a: { users: [{ name: "u", user: { token: world.tokens.stranger } }] },
        b: config(there(world), { token: world.tokens.admin, as: "somebody" }),
      },
      env: { KUBECONFIG: "$DIR/a:$DIR/b" },
    }),
    who: STRANGER,
  },
  {
    name: "the first current-context that is not empty, be it in a later file",
    login: (world) => ({
      files: {
        a: config(there(world), { token: world.tokens.admin }, { "current-context": "" }),
        b: {
          users: [{ name: "v", user: { token: world.tokens.stranger } }],
          contexts: [{ name: "mine", context: { cluster: "c", user: "v" } }],
          "current-context": "mine",
        },
        c: { "current-context": "there" },
      },
      env: { KUBECONFIG: "$DIR/a:$DIR/b:$DIR/c" },
    }),
    who: STRANGER,
  },
  {
    name: "missing files and empty words in KUBECONFIG",
    login: (world) => ({
      files: { config: good(world) },
      env: { KUBECONFIG: ":$DIR/none::$DIR/config:" },
    }),
    who: STRANGER,
  },
  {
    name: "files that are empty or hold a comment alone",
    login: (world) => ({
      files: { a: "", b: "# nothing\n", c: "---\n", config: good(world) },
      env: { KUBECONFIG: "$DIR/a:$DIR/b:$DIR/c:$DIR/config" },
    }),
    who: STRANGER,
  },
  {
    name: "a path in KUBECONFIG that is relative to the working directory",
    login: (world) => ({
      files: {
        "sub/config": config(there(world), { tokenFile: "token" }),
        "sub/token": world.tokens.stranger,
      },
      env: { KUBECONFIG: "sub/config" },
    }),
    isApart: true,
    who: STRANGER,
  },
  {
    name: "paths in a file that are relative to the file",
    login: (world) => ({
      files: {
        "sub/config": config(
          { server: world.url, "certificate-authority": "../ca.crt" },
          { "client-certificate": "tls/user.crt", "client-key": "tls/user.key" },
        ),
        "ca.crt": world.ca,
        "sub/tls/user.crt": world.certs.ec.cert,
        "sub/tls/user.key": world.certs.ec.key,
      },
      env: { KUBECONFIG: "$DIR/sub/config" },
    }),
    who: "ec-user",
  },
  {
    name: "a credential plugin that is relative to the file",
    login: (world) => ({
      files: {
        "sub/config": config(there(world), exec()),
        "sub/plugin": plugin({ token: world.tokens.stranger }),
      },
      env: { KUBECONFIG: "$DIR/sub/config" },
    }),
    who: STRANGER,
  },
];

const WRITTEN: readonly LoginRow[] = [
  {
    name: "YAML with anchors and comments",
    login: (world) => ({ files: { config: yaml(world) } }),
    who: STRANGER,
  },
  {
    name: "lines that end as on Windows",
    login: (world) => ({ files: { config: yaml(world).replaceAll("\n", "\r\n") } }),
    who: STRANGER,
  },
  {
    name: "a byte order mark",
    login: (world) => ({ files: { config: `\uFEFF${yaml(world)}` } }),
    who: STRANGER,
  },
  {
    name: "a second document, which is not read",
    login: (world) => ({ files: { config: `${yaml(world)}---\nclusters: 3\n` } }),
    who: STRANGER,
  },
  {
    name: "yes and no, which are true and false in YAML 1.1",
    login: (world) => ({
      files: { config: yaml(world, { lines: "insecure-skip-tls-verify: yes" }) },
    }),
    who: STRANGER,
  },
  {
    name: "y as a quoted name",
    login: (world) => ({ files: { config: yaml(world, { name: '"y"' }) } }),
    who: STRANGER,
  },
  {
    name: "y as a name without quotes, which is no text in YAML 1.1",
    login: (world) => ({ files: { config: yaml(world, { name: "y" }) } }),
    refused: "KUBECONFIG_INVALID",
    words: "quote it",
  },
  {
    name: "a number as a name",
    login: (world) => ({ files: { config: yaml(world, { name: "12" }) } }),
    refused: "KUBECONFIG_INVALID",
    words: "quote it",
  },
  {
    name: "fields that nobody knows",
    login: (world) => ({
      files: {
        config: config(
          there(world, { colour: "red" }),
          { token: world.tokens.stranger, x: 1 },
          { preferences: { colors: true }, y: [] },
        ),
      },
    }),
    who: STRANGER,
  },
  {
    name: "null where something could be",
    login: (world) => ({
      files: {
        config: config(
          there(world, { "proxy-url": null, extensions: null }),
          { token: world.tokens.stranger, exec: null, "auth-provider": null, "as-groups": null },
          { extensions: null },
        ),
      },
    }),
    who: STRANGER,
  },
  {
    name: "a key twice",
    login: (world) => ({
      files: {
        config: yaml(world, {
          lines: "insecure-skip-tls-verify: false\n    insecure-skip-tls-verify: true",
        }),
      },
    }),
    who: STRANGER,
  },
  {
    name: "a name twice in one file",
    login: (world) => ({
      files: {
        config: config(
          there(world),
          {},
          {
            users: [
              { name: "u", user: { token: world.tokens.stranger } },
              { name: "u", user: { token: world.tokens.admin } },
            ],
          },
        ),
      },
    }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "another kind than Config",
    login: (world) => ({
      files: { config: config(there(world), { token: world.tokens.stranger }, { kind: "Pod" }) },
    }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "another version than v1",
    login: (world) => ({
      files: {
        config: config(there(world), { token: world.tokens.stranger }, { apiVersion: "v2" }),
      },
    }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "neither kind nor version",
    login: (world) => ({
      files: {
        config: config(
          there(world),
          { token: world.tokens.stranger },
          { kind: undefined, apiVersion: undefined },
        ),
      },
    }),
    who: STRANGER,
  },
  {
    name: "a list instead of a kubeconfig",
    login: () => ({ files: { config: "[]" } }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "something that is no YAML",
    login: () => ({ files: { config: "clusters: [" } }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "data that is no base64",
    login: (world) => ({
      files: {
        config: config(there(world), {
          ...pairData(world.certs.ec),
          "client-key-data": "no base64!",
        }),
      },
    }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "base64 in lines",
    login: (world) => ({
      files: {
        config: config(there(world), {
          ...pairData(world.certs.ec),
          "client-key-data": base64(world.certs.ec.key).replace(/.{64}/g, "$&\n"),
        }),
      },
    }),
    who: "ec-user",
  },
];

const CHOSEN: readonly LoginRow[] = [
  {
    name: "no current context",
    login: (world) => ({ files: { config: config(there(world), {}, { "current-context": "" }) } }),
    refused: "CONTEXT_NOT_FOUND",
  },
  {
    name: "a current context that is not there",
    login: (world) => ({
      files: { config: config(there(world), {}, { "current-context": "gone" }) },
    }),
    refused: "CONTEXT_NOT_FOUND",
  },
  {
    name: "a context whose user is not there",
    login: (world) => ({ files: { config: config(there(world), {}, { users: [] }) } }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "a context whose cluster is not there",
    login: (world) => ({ files: { config: config(there(world), {}, { clusters: [] }) } }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "a context without a user: nobody, but over the same TLS",
    login: (world) => ({
      files: {
        config: config(
          there(world),
          {},
          { contexts: [{ name: "there", context: { cluster: "c" } }] },
        ),
      },
    }),
    isAskedByKubectl: true,
    who: "system:anonymous",
  },
  {
    name: "a context without a cluster",
    login: (world) => ({
      files: {
        config: config(there(world), {}, { contexts: [{ name: "there", context: { user: "u" } }] }),
      },
    }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "a broken entry that nobody uses",
    login: (world) => ({
      files: {
        config: config(
          there(world),
          {},
          {
            users: [
              { name: "other", user: { token: "a", username: "b", "client-key": "nowhere" } },
              { name: "u", user: { token: world.tokens.admin } },
            ],
          },
        ),
      },
    }),
    who: ADMIN,
  },
];

/** Files and what is in them. */
export const FILE_ROWS = [...MERGED, ...WRITTEN, ...CHOSEN];
