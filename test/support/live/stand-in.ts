// How a program that we play ourselves (kubelet, cert-manager) speaks to its cluster: under a name of its own, so that an
// audit log tells its writes from everybody else's, and undeterred by a server that is away for a while.
import type { FleetAnswer } from "../fleet/fleet-api.ts";
import { type ApiRequest, type ApiSession, openSession } from "../testbed/api-session.ts";
import type { TestCluster } from "../testbed/test-cluster.ts";

/** Prefix of the names of all stand-ins. */
export const STAND_IN_PREFIX = "stand-in:";

export interface StandIn {
  readonly session: ApiSession;
  /** Sends until a server answers; the answer may be a refusal. Throws when the signal says so. */
  send(
    signal: AbortSignal,
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<FleetAnswer>;
}

export const MERGE_PATCH = "application/merge-patch+json";
const RETRY_MS = 300;

export async function openStandIn(cluster: TestCluster, name: string): Promise<StandIn> {
  const user = await cluster.issueClient(`${STAND_IN_PREFIX}${name}`, "system:masters");
  const session = openSession(cluster.facts, user);
  return {
    session,
    send: async (signal, method, path, body, contentType = "application/json") => {
      const sent =
        body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": contentType } };
      for (;;) {
        signal.throwIfAborted();
        const answer = await attempt(session, path, { method, signal, ...sent });
        if (answer !== undefined && answer.status < 500 && answer.status !== 429) return answer;
        await Bun.sleep(RETRY_MS);
      }
    },
  };
}

async function attempt(
  session: ApiSession,
  path: string,
  request: ApiRequest,
): Promise<FleetAnswer | undefined> {
  try {
    const response = await session(path, request);
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}
