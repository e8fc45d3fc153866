// Proxies between a client and one API server: http, https and socks5. Whatever name they are asked for, they lead to the
// API server, so that names which nobody can resolve show that a proxy was used.
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { KeyPair } from "../certificates.ts";

export interface LoginProxy {
  readonly port: number;
  /** `host:port` of every tunnel that was asked for, with `user:password@` where it came with them. */
  readonly asked: string[];
  stop(): void;
}

/** Tunnels of `CONNECT`, over TLS when it has a certificate. */
export function startConnectProxy(upstream: number, tls?: KeyPair): Promise<LoginProxy> {
  return startProxy(tls, (socket, asked) => {
    let head = "";
    const onData = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", onData);
      const [, target = ""] = /^CONNECT (\S+) /.exec(head) ?? [];
      const [, basic = ""] = /^Proxy-Authorization: Basic (\S+)/im.exec(head) ?? [];
      const user = basic === "" ? "" : `${Buffer.from(basic, "base64")}@`;
      asked.push(user + target);
      join(socket, upstream, Buffer.from("HTTP/1.1 200 OK\r\n\r\n"));
    };
    socket.on("data", onData);
  });
}

const NO_LOGIN = 0;
const PASSWORD_LOGIN = 2;
const BY_NAME = 3;

/** RFC 1928 and 1929, as far as clients go here: each message arrives in one piece. */
export function startSocksProxy(upstream: number): Promise<LoginProxy> {
  return startProxy(undefined, (socket, asked) => {
    let user = "";
    const greeted = (hello: Buffer): void => {
      const methods = hello.subarray(2);
      const method = methods.includes(PASSWORD_LOGIN) ? PASSWORD_LOGIN : NO_LOGIN;
      socket.once("data", method === PASSWORD_LOGIN ? loggedIn : requested);
      socket.write(Buffer.from([5, method]));
    };
    const loggedIn = (login: Buffer): void => {
      const [name, rest] = counted(login.subarray(1));
      user = `${name}:${counted(rest)[0]}@`;
      socket.once("data", requested);
      socket.write(Buffer.from([1, 0]));
    };
    const requested = (request: Buffer): void => {
      const host =
        request[3] === BY_NAME ? counted(request.subarray(4))[0] : request.subarray(4, 8).join(".");
      asked.push(`${user}${host}:${request.readUInt16BE(request.length - 2)}`);
      join(socket, upstream, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
    };
    socket.once("data", greeted);
  });
}

/** A text after a byte with its length, and what follows. */
function counted(bytes: Buffer): readonly [string, Buffer] {
  const end = 1 + (bytes[0] ?? 0);
  return [bytes.toString("utf8", 1, end), bytes.subarray(end)];
}

function join(socket: Socket, upstream: number, answer: Buffer): void {
  const server = connect(upstream, "127.0.0.1", () => {
    socket.write(answer);
    socket.pipe(server).pipe(socket);
  });
  for (const [one, other] of [
    [socket, server],
    [server, socket],
  ] as const) {
    one.on("close", () => other.destroy());
    one.on("error", () => other.destroy());
  }
}

async function startProxy(
  tls: KeyPair | undefined,
  accept: (socket: Socket, asked: string[]) => void,
): Promise<LoginProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const onSocket = (socket: Socket): void => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    accept(socket, asked);
  };
  const server: Server =
    tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    stop: () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
