// Rows about users: certificates, tokens, basic auth, impersonation.
import { as, base64, config, pairData } from "./kubeconfigs.ts";
import { encryptedKey, type LoginWorld, olderKey } from "./login-world.ts";
import type { LoginRow } from "./row.ts";

const STRANGER = "token-stranger";

const CERTIFICATES: readonly LoginRow[] = [
  ...(["ec", "rsa"] as const).flatMap((kind): readonly LoginRow[] => [
    {
      name: `a client certificate as data (${kind})`,
      login: (world) => as(world, pairData(world.certs[kind])),
      who: `${kind}-user`,
    },
    {
      name: `a client certificate in files (${kind})`,
      login: (world) =>
        as(
          world,
          { "client-certificate": "user.crt", "client-key": "user.key" },
          { "user.crt": world.certs[kind].cert, "user.key": world.certs[kind].key },
        ),
      who: `${kind}-user`,
    },
    {
      name: `a key in the older format (${kind})`,
      login: (world) => {
        const { cert, key } = world.certs[kind];
        return as(world, pairData({ cert, key: olderKey(key) }));
      },
      who: `${kind}-user`,
    },
  ]),
  {
    name: "a certificate as data with its key in a file",
    login: (world) =>
      as(
        world,
        { "client-certificate-data": base64(world.certs.ec.cert), "client-key": "$DIR/user.key" },
        { "user.key": world.certs.ec.key },
      ),
    who: "ec-user",
  },
  {
    name: "a certificate both as data and in a file",
    login: (world) =>
      as(
        world,
        {
          ...pairData(world.certs.ec),
          ...{ "client-certificate": "rsa.crt", "client-key": "rsa.key" },
        },
        { "rsa.crt": world.certs.rsa.cert, "rsa.key": world.certs.rsa.key },
      ),
    refused: "KUBECONFIG_INVALID",
    words: "twice",
  },
  {
    name: "a certificate without its key",
    login: (world) => as(world, { "client-certificate-data": base64(world.certs.ec.cert) }),
    refused: "KUBECONFIG_INVALID",
    words: "without a client-key",
  },
  {
    name: "a key without its certificate",
    login: (world) => as(world, { "client-key-data": base64(world.certs.ec.key) }),
    refused: "KUBECONFIG_INVALID",
    words: "without a client-certificate",
  },
  {
    name: "a certificate with the key of another",
    login: (world) => as(world, pairData({ cert: world.certs.ec.cert, key: world.certs.rsa.key })),
    refused: "KUBECONFIG_INVALID",
    words: "do not belong together",
  },
  {
    name: "a certificate in a file that is not there",
    login: (world) => as(world, { "client-certificate": "gone.crt", "client-key": "gone.key" }),
    refused: "KUBECONFIG_INVALID",
    words: "cannot be read",
  },
  {
    name: "a certificate of an authority that the server does not know",
    login: (world) => as(world, pairData(world.certs.foreign)),
    refused: "UNAUTHORIZED",
  },
  ...(["pkcs8", "pkcs1"] as const).map(
    (type): LoginRow => ({
      name: `a key behind a passphrase (${type})`,
      login: (world) => {
        const { cert, key } = world.certs.rsa;
        return as(world, pairData({ cert, key: encryptedKey(key, type) }));
      },
      refused: "KUBECONFIG_INVALID",
      words: "is encrypted",
    }),
  ),
];

const TOKENS: readonly LoginRow[] = [
  { name: "a token", login: (world) => as(world, { token: world.tokens.stranger }), who: STRANGER },
  {
    name: "a token in a file, with a line break after it",
    login: (world) => as(world, { tokenFile: "token" }, { token: `${world.tokens.stranger}\n` }),
    who: STRANGER,
  },
  {
    name: "a token, and another in a file, which wins",
    login: (world) =>
      as(
        world,
        { token: world.tokens.admin, tokenFile: "token" },
        { token: world.tokens.stranger },
      ),
    who: STRANGER,
  },
  {
    name: "a token, and a file that is not there",
    login: (world) => as(world, { token: world.tokens.stranger, tokenFile: "gone" }),
    who: STRANGER,
  },
  {
    name: "a token file that is not there",
    login: (world) => as(world, { tokenFile: "gone" }),
    refused: "KUBECONFIG_INVALID",
    words: "cannot be read",
  },
  {
    name: "a token that nobody knows",
    login: (world) => as(world, { token: "hello" }),
    refused: "UNAUTHORIZED",
  },
  {
    name: "a token beside a client certificate",
    login: (world) => as(world, { token: world.tokens.stranger, ...pairData(world.certs.ec) }),
    who: "ec-user",
  },
  {
    name: "a token and basic auth",
    login: (world) => as(world, { token: world.tokens.stranger, username: "jane", password: "x" }),
    refused: "KUBECONFIG_INVALID",
    words: "both token and basic auth",
  },
];

function basic(world: LoginWorld, user: object): { readonly files: { readonly config: object } } {
  const cluster = { server: world.basic.url, "certificate-authority-data": base64(world.ca) };
  return { files: { config: config(cluster, user) } };
}

const OTHERS: readonly LoginRow[] = [
  {
    name: "nothing at all",
    login: (world) => as(world, {}),
    isAskedByKubectl: true,
    who: "system:anonymous",
  },
  {
    name: "basic auth",
    login: (world) => basic(world, { username: "jane", password: "pa:ss wörd" }),
    who: "basic jane:pa:ss wörd",
  },
  {
    name: "basic auth without a password",
    login: (world) => basic(world, { username: "jane" }),
    who: "basic jane:",
  },
  {
    name: "an auth-provider that is gone",
    login: (world) => as(world, { "auth-provider": { name: "gcp" } }),
    refused: "KUBECONFIG_INVALID",
    words: "exec plugin",
  },
];

function acting(user: object): (world: LoginWorld) => ReturnType<typeof as> {
  return (world) => as(world, { token: world.tokens.admin, ...user });
}

/** The whole answer is compared: groups and extras are in it. */
const IMPERSONATION: readonly LoginRow[] = [
  { name: "as", login: acting({ as: "jane" }), who: "jane" },
  { name: "as, of letters beyond ASCII", login: acting({ as: "Jörg Ωmega" }), who: "Jörg Ωmega" },
  { name: "as-uid", login: acting({ as: "jane", "as-uid": "42" }), who: "jane" },
  { name: "one of as-groups", login: acting({ as: "jane", "as-groups": ["a"] }), who: "jane" },
  {
    name: "several as-groups, one of them with a comma",
    login: acting({ as: "jane", "as-groups": ["b", "a, c", "d"] }),
    who: "jane",
  },
  {
    name: "as-user-extra with one value",
    login: acting({ as: "jane", "as-user-extra": { scopes: ["view"] } }),
    who: "jane",
  },
  {
    name: "as-user-extra with several values, and keys that a header cannot hold",
    login: acting({
      as: "jane",
      "as-user-extra": { "Example.com/Acme Scope": ["view", "edit"], "ünï_%": ["x"] },
    }),
    who: "jane",
  },
  {
    name: "all of them",
    login: acting({
      as: "system:serviceaccount:default:robot",
      "as-uid": "42",
      "as-groups": ["a", "b"],
      "as-user-extra": { one: ["1"], two: ["1", "2"] },
    }),
    who: "system:serviceaccount:default:robot",
  },
  {
    name: "as, with a client certificate that may not",
    login: (world) => as(world, { ...pairData(world.certs.ec), as: "jane" }),
    refused: "HTTP 403",
  },
  {
    name: "as-groups without as",
    login: acting({ "as-groups": ["a"] }),
    refused: "KUBECONFIG_INVALID",
    words: "without as",
  },
  {
    name: "as-groups of nobody in particular, over TLS that is not verified",
    login: (world) => ({
      files: {
        config: config(
          { server: world.url, "insecure-skip-tls-verify": true },
          { token: world.tokens.admin, as: "jane", "as-groups": ["a", "b"] },
        ),
      },
    }),
    who: "jane",
  },
];

/** Who one is. */
export const USER_ROWS = [...CERTIFICATES, ...TOKENS, ...OTHERS, ...IMPERSONATION];
