// Where a cluster's servers run: on the loopback address of this machine, unless a test gives the cluster a network of
// its own.
import { freePorts } from "./free-ports.ts";
import type { Ports } from "./server-commands.ts";

export interface ClusterNetwork {
  /** The API server's, as its clients see it. */
  readonly address: string;
  readonly ports: Ports;
  /** Whether it is one of its own, in which pods have addresses and Services lead to them. */
  readonly hasPods: boolean;
  /** The command line that runs a command in it. */
  enter(command: readonly string[]): readonly string[];
  /** Called when the servers are gone. */
  close(): Promise<void>;
}

/** Opens a network; the folder is the cluster's, for logs. */
export type OpenNetwork = (folder: string) => Promise<ClusterNetwork>;

/** Ports that are free right now, on 127.0.0.1. */
export function openLoopback(findPorts: typeof freePorts = freePorts): OpenNetwork {
  return async () => {
    const [etcd = 0, etcdPeer = 0, apiServer = 0] = await findPorts(3);
    return {
      address: "127.0.0.1",
      ports: { etcd, etcdPeer, apiServer },
      hasPods: false,
      enter: (command) => command,
      close: () => Promise.resolve(),
    };
  };
}
