// One API server that knows many ways to log in, what stands around it, and credentials of every kind.
import { createPrivateKey } from "node:crypto";
import { join } from "node:path";
import { type Authority, createAuthority, type KeyPair, openAuthority } from "../certificates.ts";
import { ask } from "../fleet/fleet-api.ts";
import { type KubeconfigFolder, kubeconfigFolder } from "../kubeconfig-folder.ts";
import { type OwnCluster, startCluster } from "../testbed/management-cluster.ts";
import { type Front, startFront } from "./fronts.ts";
import { ISSUER_CLIENT, type Issuer, startIssuer } from "./issuer.ts";
import { type LoginProxy, startConnectProxy, startSocksProxy } from "./login-proxies.ts";

export type ProxyName = "http" | "https" | "socks";

export interface LoginWorld {
  readonly cluster: OwnCluster;
  readonly url: string;
  readonly port: string;
  /** PEM: signed the API server's certificate, the https proxy's and the basic front's. */
  readonly ca: string;
  /** PEM: has signed nothing here but the issuer's certificate. */
  readonly otherCa: string;
  readonly issuer: Issuer;
  readonly basic: Front;
  readonly plain: Front;
  readonly proxies: Readonly<Record<ProxyName, LoginProxy>>;
  /** `admin` may impersonate; the others may do nothing. */
  readonly tokens: { readonly admin: string; readonly stranger: string };
  readonly certs: { readonly ec: KeyPair; readonly rsa: KeyPair; readonly foreign: KeyPair };
  readonly folder: KubeconfigFolder;
  stop(): Promise<void>;
}

export async function startLoginWorld(): Promise<LoginWorld> {
  const folder = await kubeconfigFolder();
  const other = await createAuthority("somebody else");
  const issuer = await startIssuer(await serverPair(other));
  const cluster = await startCluster({
    name: "login",
    apiServerFlags: await loginFlags(folder, other, issuer),
  });
  await letAnybodyAsk(cluster);
  const authority = await openAuthority(cluster.facts.authority);
  const pair = await serverPair(authority);
  const front = { upstream: cluster.url, ca: cluster.ca };
  const { port } = new URL(cluster.url);
  const proxies = {
    http: await startConnectProxy(Number(port)),
    https: await startConnectProxy(Number(port), pair),
    socks: await startSocksProxy(Number(port)),
  };
  const basic = startFront({ ...front, tls: pair, client: await clientPair(other, "front") });
  const plain = startFront(front);
  const stop = async (): Promise<void> => {
    for (const proxy of Object.values(proxies)) proxy.stop();
    await Promise.all([basic.stop(), plain.stop(), issuer.stop(), cluster.stop()]);
    await folder.remove();
  };
  return {
    ...{ cluster, url: cluster.url, port, ca: cluster.ca, otherCa: other.cert },
    ...{ issuer, basic, plain, proxies, folder, stop },
    tokens: { admin: tokenOf(cluster, "admin"), stranger: tokenOf(cluster, "stranger") },
    certs: {
      ec: await clientPair(authority, "ec-user"),
      rsa: await authority.issue({ commonName: "rsa-user", usages: ["client"], keys: "rsa" }),
      foreign: await clientPair(other, "foreign-user"),
    },
  };
}

async function loginFlags(
  folder: KubeconfigFolder,
  other: Authority,
  issuer: Issuer,
): Promise<readonly string[]> {
  const ca = await folder.write("other-ca.crt", other.cert);
  return [
    `--oidc-issuer-url=${issuer.url}`,
    `--oidc-client-id=${ISSUER_CLIENT}`,
    `--oidc-ca-file=${ca}`,
    "--oidc-username-claim=sub",
    "--oidc-username-prefix=oidc:",
    `--requestheader-client-ca-file=${ca}`,
    "--requestheader-allowed-names=front",
    "--requestheader-username-headers=X-Remote-User",
  ];
}

/** Reviews of oneself are for the authenticated only, by default; rows without a user want an answer too. */
function letAnybodyAsk({ api }: OwnCluster): Promise<unknown> {
  return ask(api, "POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: "anybody-may-ask" },
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "system:basic-user",
    },
    subjects: [
      { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:unauthenticated" },
    ],
  });
}

function serverPair(authority: Authority): Promise<KeyPair> {
  return authority.issue({
    commonName: "127.0.0.1",
    dns: ["localhost"],
    ips: ["127.0.0.1"],
    usages: ["server"],
  });
}

function clientPair(authority: Authority, commonName: string): Promise<KeyPair> {
  return authority.issue({ commonName, organization: "login-testers", usages: ["client"] });
}

function tokenOf(cluster: OwnCluster, name: "admin" | "stranger"): string {
  const { credentials } = cluster.tokenUsers[name];
  if (!("token" in credentials)) throw new Error("a token user has a token");
  return credentials.token;
}

/** The key in the older format of its kind: SEC1 for EC, PKCS#1 for RSA. */
export function olderKey(key: string): string {
  const parsed = createPrivateKey(key);
  const type = parsed.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1";
  return parsed.export({ format: "pem", type }).toString();
}

/** The key behind a passphrase, as `openssl` writes it. */
export function encryptedKey(key: string, type: "pkcs8" | "pkcs1"): string {
  const options = { format: "pem", type, cipher: "aes-256-cbc", passphrase: "open" } as const;
  return createPrivateKey(key).export(options).toString();
}

/** A new empty folder below the world's. */
export function newFolder(world: LoginWorld): string {
  return join(world.folder.path, crypto.randomUUID());
}
