// What one must know to speak to a running test cluster, and the users it knows. Plain data, so that a file can carry it
// from the process that started a cluster to one that only uses it.
import { stringify } from "yaml";
import type { KeyPair } from "../certificates.ts";

/** Somebody the API server knows. */
export interface ClusterUser {
  readonly name: string;
  readonly credentials: KeyPair | { readonly token: string };
}

export interface ClusterPids {
  readonly etcd: number;
  readonly apiServer: number;
  readonly controllerManager: number;
}

export interface ClusterFacts {
  readonly name: string;
  readonly url: string;
  /** Signs servers and clients. */
  readonly authority: KeyPair;
  /** A client certificate of `system:masters`. */
  readonly admin: ClusterUser;
  readonly pids: ClusterPids;
  /** Of etcd's JSON gateway, for `EtcdStore`. */
  readonly etcdUrl: string;
  /** Holds the servers' data and logs. */
  readonly folder: string;
}

/** Token of a user in `system:masters`; the same in every test cluster, all of which listen on loopback only. */
export const ADMIN_TOKEN_USER: ClusterUser = {
  name: "token-admin",
  credentials: { token: "testbed-token-of-an-admin" },
};

/** Token of a user without any rights: a test grants what it needs. */
export const STRANGER_TOKEN_USER: ClusterUser = {
  name: "token-stranger",
  credentials: { token: "testbed-token-of-a-stranger" },
};

/** The file for `--token-auth-file`. */
export const TOKEN_FILE = [
  `testbed-token-of-an-admin,token-admin,token-admin,"system:masters"`,
  "testbed-token-of-a-stranger,token-stranger,token-stranger",
  "",
].join("\n");

export interface KubeconfigOptions {
  /** Of the context; none by default. */
  readonly namespace?: string;
  /** Instead of the API server's: a proxy, say. */
  readonly server?: string;
}

/** A kubeconfig with everything inline: one cluster, one user, one context named after the cluster. */
export function kubeconfigText(
  facts: Pick<ClusterFacts, "name" | "url" | "authority">,
  user: ClusterUser,
  options: KubeconfigOptions = {},
): string {
  const { name } = facts;
  const { credentials } = user;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: {
          server: options.server ?? facts.url,
          "certificate-authority-data": base64(facts.authority.cert),
        },
      },
    ],
    users: [
      {
        name: user.name,
        user:
          "token" in credentials
            ? { token: credentials.token }
            : {
                "client-certificate-data": base64(credentials.cert),
                "client-key-data": base64(credentials.key),
              },
      },
    ],
    contexts: [
      {
        name,
        context: {
          cluster: name,
          user: user.name,
          ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
        },
      },
    ],
    "current-context": name,
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
