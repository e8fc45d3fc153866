// Which proxy a server is reached through, as Go's net/http and client-go decide it. Pure.
// https://pkg.go.dev/golang.org/x/net/http/httpproxy
import { BlockList, isIP } from "node:net";

type Env = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT: Readonly<Record<string, string>> = { "https:": "443", "http:": "80" };

/** `proxy-url` of the kubeconfig wins; else HTTPS_PROXY or HTTP_PROXY unless NO_PROXY names the server. */
export function proxyFor(server: URL, proxyUrl: string | undefined, env: Env): string | undefined {
  if (proxyUrl !== undefined) return proxyUrl;
  const names =
    server.protocol === "https:" ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"];
  const proxy = firstSet(env, names);
  if (proxy === undefined || isLocal(hostOf(server))) return undefined;
  const skips = firstSet(env, ["NO_PROXY", "no_proxy"]) ?? "";
  if (skips.split(",").some((skip) => matches(skip.trim().toLowerCase(), server))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function firstSet(env: Env, names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
}

function hostOf(server: URL): string {
  return server.hostname.replace(/^\[|\]$/g, "").toLowerCase();
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** One entry of NO_PROXY: `*`, an IP, a CIDR, `example.com` (and below), `.example.com` (below), each with a port. */
function matches(skip: string, server: URL): boolean {
  if (skip === "*") return true;
  const host = hostOf(server);
  if (skip.includes("/")) return isInCidr(host, skip);
  const { name, port } = splitPort(skip);
  if (name === "" || (port !== undefined && port !== portOf(server))) return false;
  if (isIP(host) !== 0) return host === name;
  const domain = name.replace(/^\*\./, ".");
  return domain.startsWith(".")
    ? host.endsWith(domain)
    : host === domain || host.endsWith(`.${domain}`);
}

function splitPort(skip: string): { readonly name: string; readonly port?: string } {
  const bare = skip.replace(/^\[|\]$/g, "");
  if (isIP(bare) !== 0) return { name: bare };
  const [, name = skip, port] = /^(.*?)(?::(\d+))?$/.exec(skip) ?? [];
  const found = { name: name.replace(/^\[|\]$/g, "") };
  return port === undefined ? found : { ...found, port };
}

function portOf(server: URL): string {
  return server.port === "" ? (DEFAULT_PORT[server.protocol] ?? "") : server.port;
}

function isInCidr(host: string, cidr: string): boolean {
  const family = isIP(host) === 6 ? "ipv6" : "ipv4";
  const [network = "", bits = ""] = cidr.split("/");
  if (isIP(host) === 0 || isIP(network) !== isIP(host) || !/^\d{1,3}$/.test(bits)) return false;
  try {
    const list = new BlockList();
    list.addSubnet(network, Number(bits), family);
    return list.check(host, family);
  } catch {
    return false;
  }
}
