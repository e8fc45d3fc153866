// Which certificates a server is verified with, out of data or files of a kubeconfig, and what plugins are told of it.
import { readFile } from "node:fs/promises";
import { PivotError } from "../model/error.ts";
import type { ServerTls } from "./http.ts";
import type { ClusterEntry } from "./kubeconfig-entries.ts";
import { checkAuthority } from "./tls-material.ts";

/** @throws PivotError KUBECONFIG_INVALID */
export async function serverTls(cluster: ClusterEntry, name: string): Promise<ServerTls> {
  const where = `certificate-authority of cluster ${name}`;
  const ca = await dataOrFile(cluster.caData, cluster.caFile, where);
  if (ca !== undefined) checkAuthority(ca, where);
  return { ca, serverName: cluster.tlsServerName, rejectUnauthorized: !cluster.insecure };
}

/** What client-go tells a plugin about the cluster, when `provideClusterInfo` is set. */
export function clusterInfo(cluster: ClusterEntry, tls: ServerTls): object {
  const ca = base64(tls.ca);
  return {
    server: cluster.server,
    ...(tls.serverName === undefined ? {} : { "tls-server-name": tls.serverName }),
    ...(tls.rejectUnauthorized ? {} : { "insecure-skip-tls-verify": true }),
    ...(ca === undefined ? {} : { "certificate-authority-data": ca }),
    ...(cluster.proxyUrl === undefined ? {} : { "proxy-url": cluster.proxyUrl }),
    ...(cluster.execConfig === undefined ? {} : { config: cluster.execConfig }),
  };
}

/** The text of one of the two. `where` says which field of what. */
export async function dataOrFile(
  data: string | undefined,
  file: string | undefined,
  where: string,
): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
  if (file === undefined) return undefined;
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new PivotError({
      code: "KUBECONFIG_INVALID",
      message: `${where} is in ${file}, which cannot be read`,
      cause,
    });
  });
}

export function base64(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString("base64");
}
