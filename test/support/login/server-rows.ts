// Rows about the way to the server: addresses, trust, proxies.
import type { Login } from "./ask-both.ts";
import { base64, config, there, to } from "./kubeconfigs.ts";
import type { LoginWorld, ProxyName } from "./login-world.ts";
import type { LoginRow } from "./row.ts";

const STRANGER = "token-stranger";
/** The certificate is for it, and no resolver knows it. */
const UNKNOWN_HOST = "kubernetes.default.svc";

const ADDRESSES: readonly LoginRow[] = [
  {
    name: "a slash after the address",
    login: (world) => to(world, there(world, { server: `${world.url}/` })),
    who: STRANGER,
  },
  {
    name: "a host name in capitals",
    login: (world) => to(world, there(world, { server: `https://LOCALHOST:${world.port}` })),
    who: STRANGER,
  },
  {
    name: "an address without a scheme, even beside an authority: plain http",
    login: (world) => to(world, there(world, { server: `127.0.0.1:${world.port}` })),
    refused: "HTTP 400",
  },
  {
    name: "an address without a scheme, even beside insecure-skip-tls-verify: plain http",
    login: (world) =>
      to(world, { server: `localhost:${world.port}`, "insecure-skip-tls-verify": true }),
    refused: "HTTP 400",
  },
  {
    name: "plain http: no credentials are sent",
    login: (world) => to(world, { server: world.plain.url }),
    who: "system:anonymous",
  },
  {
    name: "plain http: whom one would be is said all the same, and nobody may be somebody else",
    login: (world) => ({
      files: { config: config({ server: world.plain.url }, { token: "x", as: "jane" }) },
    }),
    refused: "HTTP 403",
  },
  {
    name: "an address without a scheme, and nothing else: plain http",
    login: (world) => to(world, { server: world.plain.url.replace("http://", "") }),
    who: "system:anonymous",
  },
  {
    name: "plain http to a server of https",
    login: (world) => to(world, { server: `http://127.0.0.1:${world.port}` }),
    refused: "HTTP 400",
  },
  {
    name: "no server",
    login: (world) => to(world, { "insecure-skip-tls-verify": true }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "a server that is not there",
    login: (world) => to(world, there(world, { server: "https://127.0.0.1:1" })),
    refused: "CLUSTER_UNREACHABLE",
  },
];

const TRUST: readonly LoginRow[] = [
  {
    name: "an authority in a file",
    login: (world) => {
      const login = to(world, { server: world.url, "certificate-authority": "ca.crt" });
      return { ...login, files: { ...login.files, "ca.crt": world.ca } };
    },
    who: STRANGER,
  },
  {
    name: "an authority both as data and in a file",
    login: (world) => {
      const login = to(world, there(world, { "certificate-authority": "ca.crt" }));
      return { ...login, files: { ...login.files, "ca.crt": world.otherCa } };
    },
    refused: "KUBECONFIG_INVALID",
    words: "twice",
  },
  {
    name: "several authorities",
    login: (world) =>
      to(world, {
        server: world.url,
        "certificate-authority-data": base64(`${world.otherCa}\n${world.ca}`),
      }),
    who: STRANGER,
  },
  {
    name: "another authority",
    login: (world) =>
      to(world, { server: world.url, "certificate-authority-data": base64(world.otherCa) }),
    refused: "CERTIFICATE_UNTRUSTED",
  },
  {
    name: "no authority",
    login: (world) => to(world, { server: world.url }),
    refused: "CERTIFICATE_UNTRUSTED",
  },
  {
    name: "an authority that is no certificate",
    login: (world) =>
      to(world, { server: world.url, "certificate-authority-data": base64("hello") }),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "insecure-skip-tls-verify",
    login: (world) => to(world, { server: world.url, "insecure-skip-tls-verify": true }),
    who: STRANGER,
  },
  {
    name: "insecure-skip-tls-verify beside an authority",
    login: (world) => to(world, there(world, { "insecure-skip-tls-verify": true })),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "tls-server-name",
    login: (world) =>
      to(
        world,
        there(world, { server: `https://0.0.0.0:${world.port}`, "tls-server-name": UNKNOWN_HOST }),
      ),
    who: STRANGER,
  },
  {
    name: "a tls-server-name that the certificate does not have",
    login: (world) => to(world, there(world, { "tls-server-name": "example.com" })),
    refused: "CERTIFICATE_UNTRUSTED",
  },
];

function hidden(world: LoginWorld, more: object = {}): object {
  return there(world, { server: `https://${UNKNOWN_HOST}:${world.port}`, ...more });
}

/** An address of this machine that no rule of proxies takes for one. */
function here(world: LoginWorld): object {
  return there(world, { server: `https://0.0.0.0:${world.port}`, "tls-server-name": UNKNOWN_HOST });
}

const SCHEMES: Readonly<Record<ProxyName, string>> = {
  http: "http",
  https: "https",
  socks: "socks5",
};

function proxyUrl(world: LoginWorld, name: ProxyName, user = ""): string {
  return `${SCHEMES[name]}://${user}127.0.0.1:${world.proxies[name].port}`;
}

const NAMES: readonly ProxyName[] = ["http", "https", "socks"];

function acting(cluster: object, { tokens }: LoginWorld): Login {
  const user = { token: tokens.admin, as: "jane", "as-groups": ["a", "b"] };
  return { files: { config: config(cluster, user) } };
}

const PROXIES: readonly LoginRow[] = [
  ...NAMES.flatMap((name): readonly LoginRow[] => [
    {
      name: `proxy-url of ${SCHEMES[name]}`,
      login: (world) => to(world, hidden(world, { "proxy-url": proxyUrl(world, name) })),
      who: STRANGER,
      via: [name],
    },
    {
      name: `proxy-url of ${SCHEMES[name]} with a user`,
      login: (world) =>
        to(world, hidden(world, { "proxy-url": proxyUrl(world, name, "jane:pa%3Ass@") })),
      who: STRANGER,
      via: [name],
    },
    {
      name: `HTTPS_PROXY of ${SCHEMES[name]}`,
      login: (world) => to(world, hidden(world), { HTTPS_PROXY: proxyUrl(world, name) }),
      who: STRANGER,
      via: [name],
    },
    {
      name: `several groups through a proxy of ${SCHEMES[name]}`,
      login: (world) => acting(hidden(world, { "proxy-url": proxyUrl(world, name) }), world),
      who: "jane",
      via: [name],
    },
  ]),
  {
    name: "several groups through a proxy to an address, which the certificate has",
    login: (world) => acting(there(world, { "proxy-url": proxyUrl(world, "socks") }), world),
    who: "jane",
    via: ["socks"],
  },
  {
    name: "several groups through a proxy to an address that the certificate does not have",
    login: (world) => {
      const server = `https://0.0.0.0:${world.port}`;
      return acting(there(world, { server, "proxy-url": proxyUrl(world, "socks") }), world);
    },
    refused: "CERTIFICATE_UNTRUSTED",
  },
  {
    name: "https_proxy in small letters",
    login: (world) => to(world, hidden(world), { https_proxy: proxyUrl(world, "http") }),
    who: STRANGER,
    via: ["http"],
  },
  {
    name: "HTTPS_PROXY without a scheme",
    login: (world) =>
      to(world, hidden(world), { HTTPS_PROXY: `127.0.0.1:${world.proxies.http.port}` }),
    who: STRANGER,
    via: ["http"],
  },
  {
    name: "HTTPS_PROXY, for a server on the loopback address: not used",
    login: (world) => to(world, there(world), { HTTPS_PROXY: proxyUrl(world, "http") }),
    who: STRANGER,
  },
  {
    name: "HTTP_PROXY and ALL_PROXY, for a server of https: not used",
    login: (world) =>
      to(world, here(world), {
        HTTP_PROXY: proxyUrl(world, "http"),
        ALL_PROXY: proxyUrl(world, "http"),
      }),
    who: STRANGER,
  },
  ...["0.0.0.0", "10.0.0.0/8,0.0.0.0/8", "example.com, 0.0.0.0/32", "*"].map(
    (skips): LoginRow => ({
      name: `NO_PROXY=${skips}, for a server at 0.0.0.0: not used`,
      login: (world) =>
        to(world, here(world), { HTTPS_PROXY: proxyUrl(world, "http"), NO_PROXY: skips }),
      who: STRANGER,
    }),
  ),
  ...["10.0.0.0/8", "0.0.0.0:1", "svc", "0.0.0"].map(
    (skips): LoginRow => ({
      name: `NO_PROXY=${skips}, for a server at 0.0.0.0: used`,
      login: (world) =>
        to(world, here(world), { HTTPS_PROXY: proxyUrl(world, "http"), NO_PROXY: skips }),
      who: STRANGER,
      via: ["http"],
    }),
  ),
  {
    name: "NO_PROXY with the domain of the server: it is not found without the proxy",
    login: (world) =>
      to(world, hidden(world), { HTTPS_PROXY: proxyUrl(world, "http"), no_proxy: ".default.svc" }),
    refused: "CLUSTER_UNREACHABLE",
  },
  {
    name: "NO_PROXY beside proxy-url, which wins",
    login: (world) =>
      to(world, hidden(world, { "proxy-url": proxyUrl(world, "http") }), { NO_PROXY: "*" }),
    who: STRANGER,
    via: ["http"],
  },
  {
    name: "a proxy-url of another scheme",
    login: (world) => to(world, hidden(world, { "proxy-url": "ftp://127.0.0.1:21" })),
    refused: "KUBECONFIG_INVALID",
  },
  {
    name: "a proxy that is not there",
    login: (world) => to(world, hidden(world, { "proxy-url": "http://127.0.0.1:1" })),
    refused: "CLUSTER_UNREACHABLE",
  },
  {
    name: "a SOCKS proxy that is not there",
    login: (world) => to(world, hidden(world, { "proxy-url": "socks5://127.0.0.1:1" })),
    refused: "CLUSTER_UNREACHABLE",
  },
];

/** Where the server is, and how one gets there. */
export const SERVER_ROWS = [...ADDRESSES, ...TRUST, ...PROXIES];
