// Opens clusters for tests, with a clock whose sleeps take no time and are written down.
import { afterAll } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenCluster } from "../../src/kube/cluster-client.ts";
import { type ConnectionOptions, openCluster } from "../../src/kube/connect.ts";
import type { Clock } from "../../src/model/client.ts";

/** Sleeping moves it on. */
export interface FakeClock extends Clock {
  readonly sleeps: number[];
  advance(ms: number): void;
}

export function fakeClock(): FakeClock {
  let time = Date.now();
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => time,
    monotonic: () => time,
    advance: (ms) => {
      time += ms;
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      sleeps.push(ms);
      time += ms;
    },
  };
}

const directories: string[] = [];

/** For afterAll. */
export async function removeDirectories(): Promise<void> {
  for (const directory of directories.splice(0)) {
    await rm(directory, { recursive: true, force: true });
  }
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "capi-pivot-kube-"));
  directories.push(directory);
  return directory;
}

/** Opens a kubeconfig given as text, from a file: out of a Secret exec and files would be refused. */
export async function open(
  kubeconfig: string,
  options: Partial<ConnectionOptions> = {},
): Promise<OpenCluster> {
  const kubeconfigPath = join(await temporaryDirectory(), "config");
  await writeFile(kubeconfigPath, kubeconfig);
  return openAnywhere({ kubeconfigPath, ...options });
}

/** Opens what the options say; without a path, what the environment says. */
export function openAnywhere(options: Partial<ConnectionOptions>): Promise<OpenCluster> {
  return openCluster({
    name: "source",
    requestTimeoutMs: 5_000,
    userAgent: "kubectl-capi_pivot/test",
    env: { PATH: process.env["PATH"] },
    homeDir: "/nonexistent",
    clock: fakeClock(),
    isTerminal: false,
    ...options,
  });
}

afterAll(removeDirectories);
