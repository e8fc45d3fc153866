// Rows about credential plugins (`exec`) and oidc.

import { issuerConfig } from "./issuer.ts";
import { as, base64, config, exec, pairData, plugin, there, V1BETA1 } from "./kubeconfigs.ts";
import type { LoginWorld } from "./login-world.ts";
import type { LoginRow } from "./row.ts";

const STRANGER = "token-stranger";

function running(user: object, script: (world: LoginWorld) => string) {
  return (world: LoginWorld) => as(world, user, { plugin: script(world) });
}

function token({ tokens }: LoginWorld): object {
  return { token: tokens.stranger };
}

function certificate({ certs }: LoginWorld): object {
  return { clientCertificateData: certs.ec.cert, clientKeyData: certs.ec.key };
}

const AN_HOUR_MS = 3_600_000;

/** RFC 3339, as Go writes it. */
function inTime(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

const GOOD: readonly LoginRow[] = [
  { name: "a token of v1", login: running(exec(), (world) => plugin(token(world))), who: STRANGER },
  {
    name: "a token of v1beta1, which needs no interactiveMode",
    login: running(exec({ apiVersion: V1BETA1, interactiveMode: undefined }), (world) =>
      plugin(token(world), V1BETA1),
    ),
    who: STRANGER,
  },
  {
    name: "a client certificate",
    login: running(exec(), (world) => plugin(certificate(world))),
    who: "ec-user",
  },
  {
    name: "a client certificate and a token",
    login: running(exec(), (world) => plugin({ ...certificate(world), ...token(world) })),
    who: "ec-user",
  },
  {
    name: "a token that is good for an hour",
    login: running(exec(), (world) =>
      plugin({ ...token(world), expirationTimestamp: inTime(AN_HOUR_MS) }),
    ),
    who: STRANGER,
  },
  {
    name: "a token that has expired already",
    login: running(exec(), (world) =>
      plugin({ ...token(world), expirationTimestamp: inTime(-AN_HOUR_MS) }),
    ),
    who: STRANGER,
  },
  {
    name: "arguments and environment",
    login: running(exec({ args: ["good"], env: [{ name: "GIVEN", value: "too" }] }), (world) =>
      plugin(token(world), undefined, '[ "$1$GIVEN" = goodtoo ] || exit 9'),
    ),
    who: STRANGER,
  },
  {
    name: "a command on the PATH",
    login: (world) => ({
      files: {
        config: config(there(world), exec({ command: "capi-pivot-test-login" })),
        "bin/capi-pivot-test-login": plugin(token(world)),
      },
      env: { KUBECONFIG: "$DIR/config", PATH: `$DIR/bin:${process.env["PATH"]}` },
    }),
    who: STRANGER,
  },
  {
    name: "impersonation beside a plugin",
    login: running({ ...exec(), as: "jane", "as-groups": ["a", "b"] }, ({ tokens }) =>
      plugin({ token: tokens.admin }),
    ),
    who: "jane",
  },
  {
    name: "a plugin beside a token, which does not run",
    login: running(
      { ...exec(), token: "testbed-token-of-a-stranger" },
      () => "#!/bin/sh\nexit 9\n",
    ),
    who: STRANGER,
  },
  {
    name: "a plugin beside a client certificate, which does not run",
    login: (world) =>
      as(world, { ...exec(), ...pairData(world.certs.rsa) }, { plugin: "#!/bin/sh\nexit 9\n" }),
    who: "rsa-user",
  },
];

const BAD: readonly LoginRow[] = [
  {
    name: "a plugin that is not installed",
    login: (world) => as(world, exec({ command: "no-such-login", installHint: "brew install it" })),
    refused: "CREDENTIAL_PLUGIN_FAILED",
    words: "brew install it",
  },
  {
    name: "a plugin that fails",
    login: running(exec(), () => "#!/bin/sh\nexit 3\n"),
    refused: "CREDENTIAL_PLUGIN_FAILED",
    words: "exit code 3",
  },
  {
    name: "an answer of another version",
    login: running(exec(), (world) => plugin(token(world), V1BETA1)),
    refused: "CREDENTIAL_PLUGIN_FAILED",
  },
  {
    name: "an answer without credentials",
    login: running(exec(), () => plugin({})),
    refused: "CREDENTIAL_PLUGIN_FAILED",
  },
  {
    name: "half a client certificate",
    login: running(exec(), ({ certs }) => plugin({ clientCertificateData: certs.ec.cert })),
    refused: "CREDENTIAL_PLUGIN_FAILED",
  },
  {
    name: "an answer that is no JSON",
    login: running(exec(), () => "#!/bin/sh\necho hello\n"),
    refused: "CREDENTIAL_PLUGIN_FAILED",
  },
  {
    name: "a version that is gone",
    login: (world) => as(world, exec({ apiVersion: "client.authentication.k8s.io/v1alpha1" })),
    refused: "CREDENTIAL_PLUGIN_FAILED",
  },
  {
    name: "v1 without an interactiveMode",
    login: running(exec({ interactiveMode: undefined }), (world) => plugin(token(world))),
    refused: "CREDENTIAL_PLUGIN_FAILED",
    words: "interactiveMode",
  },
  {
    name: "interactiveMode Always, without a terminal",
    login: running(exec({ interactiveMode: "Always" }), (world) => plugin(token(world))),
    refused: "CREDENTIAL_PLUGIN_FAILED",
    words: "no terminal",
  },
  {
    name: "exec and auth-provider",
    login: (world) => as(world, { ...exec(), "auth-provider": { name: "oidc" } }),
    refused: "KUBECONFIG_INVALID",
  },
];

function oidc(more: (world: LoginWorld) => object): (world: LoginWorld) => ReturnType<typeof as> {
  return (world) => {
    const tokens = { idToken: world.issuer.idToken("jane", AN_HOUR_MS / 1000) };
    const given = { ...issuerConfig(world.issuer, world.otherCa, tokens), ...more(world) };
    return as(world, { "auth-provider": { name: "oidc", config: given } });
  };
}

const OIDC: readonly LoginRow[] = [
  { name: "oidc with an id token that is good", login: oidc(() => ({})), who: "oidc:jane" },
  {
    name: "oidc with an id token that has expired: it is renewed",
    login: oidc(({ issuer }) => ({
      "id-token": issuer.idToken("jane", -60),
      "refresh-token": issuer.refreshToken("jane"),
    })),
    who: "oidc:jane",
  },
  {
    name: "oidc with an id token that expires in a moment: it is renewed",
    login: oidc(({ issuer }) => ({
      "id-token": issuer.idToken("old", 5),
      "refresh-token": issuer.refreshToken("new"),
    })),
    who: "oidc:new",
  },
  {
    name: "oidc without an id token",
    login: oidc(({ issuer }) => ({ "id-token": "", "refresh-token": issuer.refreshToken("jane") })),
    who: "oidc:jane",
  },
  {
    name: "oidc with an id token that has expired, and nothing to renew it with",
    login: oidc(({ issuer }) => ({ "id-token": issuer.idToken("jane", -60) })),
    refused: "UNAUTHORIZED",
    words: "there is no refresh-token",
  },
  {
    name: "oidc with a refresh token that the issuer does not take",
    login: oidc(() => ({ "id-token": "", "refresh-token": "used-up" })),
    refused: "UNAUTHORIZED",
    words: "the issuer answered 400, invalid_grant",
  },
  {
    name: "oidc with an issuer that is not trusted",
    login: oidc((world) => ({
      "id-token": "",
      "refresh-token": world.issuer.refreshToken("jane"),
      "idp-certificate-authority-data": base64(world.ca),
    })),
    refused: "UNAUTHORIZED",
    words: "does not answer",
  },
  {
    name: "oidc with an id token that is none",
    login: oidc(() => ({ "id-token": "hello" })),
    refused: "KUBECONFIG_INVALID",
    words: "no JWT",
  },
  {
    name: "oidc without an issuer",
    login: oidc(() => ({ "idp-issuer-url": "" })),
    refused: "KUBECONFIG_INVALID",
    words: "lacks idp-issuer-url",
  },
];

/** Who one is by the word of others. */
export const PLUGIN_ROWS = [...GOOD, ...BAD, ...OIDC];
