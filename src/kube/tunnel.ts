// A connection through a proxy to a host behind it: CONNECT for http and https proxies, SOCKS 5 for the others.
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { SocksClient } from "socks";
import { type ServerTls, tlsOptions } from "./http.ts";

export interface Destination {
  readonly host: string;
  readonly port: number;
}

/** Default ports of proxies, as in Go. */
const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };
const SOCKS_PORT = 1080;
/** No proxy has more to say before the tunnel is open. */
const MAX_HEAD = 16_384;

/**
 * The proxy resolves the name. An https proxy is verified as the server is, with the same authority.
 * @throws Error with code ERR_PROXY_TUNNEL; never quotes the URL, which may hold a password.
 */
export async function openTunnel(
  proxyUrl: string,
  destination: Destination,
  tls: ServerTls,
): Promise<Socket> {
  const proxy = new URL(proxyUrl);
  try {
    return proxy.protocol.startsWith("socks")
      ? await openSocks(proxy, destination)
      : await openConnect(proxy, destination, tls);
  } catch (cause) {
    throw Object.assign(new Error("no tunnel through the proxy", { cause }), {
      code: "ERR_PROXY_TUNNEL",
    });
  }
}

async function openSocks(proxy: URL, destination: Destination): Promise<Socket> {
  const { socket } = await SocksClient.createConnection({
    proxy: {
      host: hostOf(proxy),
      port: Number(proxy.port) || SOCKS_PORT,
      type: 5,
      ...(proxy.username === ""
        ? {}
        : {
            userId: decodeURIComponent(proxy.username),
            password: decodeURIComponent(proxy.password),
          }),
    },
    command: "connect",
    destination,
  });
  return socket;
}

async function openConnect(
  proxy: URL,
  { host, port }: Destination,
  tls: ServerTls,
): Promise<Socket> {
  const socket = await openProxy(proxy, tls);
  const target = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${loginOf(proxy)}\r\n`);
  const head = await readHead(socket);
  if (/^HTTP\/1\.[01] 2\d\d /.test(head)) return socket;
  socket.destroy();
  throw new Error(`the proxy answered ${head.split("\r\n", 1)[0]}`);
}

function openProxy(proxy: URL, tls: ServerTls): Promise<Socket> {
  const host = hostOf(proxy);
  const port = Number(proxy.port) || (PORTS[proxy.protocol] ?? 0);
  return new Promise((resolve, reject) => {
    const socket: Socket =
      proxy.protocol === "https:"
        ? connectTls({ ...tlsOptions(tls, undefined), host, port }, () => resolve(socket))
        : connect(port, host, () => resolve(socket));
    socket.once("error", reject);
  });
}

function loginOf({ username, password }: URL): string {
  if (username === "") return "";
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Proxy-Authorization: Basic ${Buffer.from(login).toString("base64")}\r\n`;
}

function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = "";
    const stop = (): void => {
      socket.off("data", onData);
      socket.off("close", onClose);
    };
    const onData = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      const isWhole = head.includes("\r\n\r\n");
      if (!isWhole && head.length < MAX_HEAD) return;
      stop();
      if (isWhole) resolve(head);
      else reject(new Error("the proxy says too much"));
    };
    const onClose = (): void => reject(new Error("the proxy hung up"));
    socket.on("data", onData);
    socket.once("close", onClose);
    socket.once("error", reject);
  });
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}
