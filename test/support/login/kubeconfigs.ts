// Small kubeconfigs for rows of the table.
import type { KeyPair } from "../certificates.ts";
import type { Login } from "./ask-both.ts";
import type { LoginWorld } from "./login-world.ts";

/** One context `there` with cluster `c` and user `u`. */
export function config(cluster: object, user: object = {}, more: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
    contexts: [{ name: "there", context: { cluster: "c", user: "u" } }],
    "current-context": "there",
    ...more,
  };
}

/** The world's API server, trusted. */
export function there(world: LoginWorld, more: object = {}): object {
  return { server: world.url, "certificate-authority-data": base64(world.ca), ...more };
}

/** A login with one kubeconfig and one user of the world's API server. */
export function as(world: LoginWorld, user: object, files: Login["files"] = {}): Login {
  return { files: { config: config(there(world), user), ...files } };
}

/** A login of the stranger to a cluster that is described in another way. */
export function to(world: LoginWorld, cluster: object, env: Record<string, string> = {}): Login {
  return {
    files: { config: config(cluster, { token: world.tokens.stranger }) },
    env: { KUBECONFIG: "$DIR/config", ...env },
  };
}

export function pairData({ cert, key }: KeyPair): object {
  return { "client-certificate-data": base64(cert), "client-key-data": base64(key) };
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export const V1 = "client.authentication.k8s.io/v1";
export const V1BETA1 = "client.authentication.k8s.io/v1beta1";

/** An exec plugin that is the script `plugin` of the row's folder. */
export function exec(more: object = {}): object {
  return {
    exec: { apiVersion: V1, interactiveMode: "Never", command: "./plugin", ...more },
  };
}

/** A plugin that prints a credential. `before`: lines of shell that run first, in the row's folder. */
export function plugin(status: object, apiVersion = V1, before = ""): string {
  const answer = JSON.stringify({ apiVersion, kind: "ExecCredential", status });
  return `#!/bin/sh
cd "$DIR"
echo run >> runs
${before}
cat <<'END'
${answer}
END
`;
}
