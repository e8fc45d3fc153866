// A running cluster as a test sees it, whoever started it.
import type { CertificateRequest } from "../certificates.ts";
import { openAuthority } from "../certificates.ts";
import type { FleetApi } from "../fleet/fleet-api.ts";
import { openSession } from "./api-session.ts";
import {
  ADMIN_TOKEN_USER,
  type ClusterFacts,
  type ClusterPids,
  type ClusterUser,
  type KubeconfigOptions,
  kubeconfigText,
  STRANGER_TOKEN_USER,
} from "./cluster-facts.ts";

export interface TestCluster {
  /** `source` or `target` in a pair; also the context's name in its kubeconfigs. */
  readonly name: string;
  readonly url: string;
  /** PEM text of the authority that signed the server's certificate. */
  readonly ca: string;
  readonly facts: ClusterFacts;
  readonly pids: ClusterPids;
  /** As the admin. */
  readonly api: FleetApi;
  readonly tokenUsers: { readonly admin: ClusterUser; readonly stranger: ClusterUser };
  apiAs(user: ClusterUser): FleetApi;
  adminKubeconfig(options?: KubeconfigOptions): string;
  kubeconfigFor(user: ClusterUser, options?: KubeconfigOptions): string;
  /** A user with a client certificate; RBAC sees the names as user and group. */
  issueClient(
    commonName: string,
    organization?: string,
    options?: Pick<CertificateRequest, "notBefore" | "notAfter">,
  ): Promise<ClusterUser>;
  /** Kills its servers and removes their data; does nothing to a cluster that somebody else started. */
  stop(): Promise<void>;
}

/** A cluster from its facts; `stop` belongs to whoever started it. */
export function openTestCluster(facts: ClusterFacts, stop: () => Promise<void>): TestCluster {
  return {
    name: facts.name,
    url: facts.url,
    ca: facts.authority.cert,
    facts,
    pids: facts.pids,
    api: fleetApi(facts, facts.admin),
    tokenUsers: { admin: ADMIN_TOKEN_USER, stranger: STRANGER_TOKEN_USER },
    apiAs: (user) => fleetApi(facts, user),
    adminKubeconfig: (options) => kubeconfigText(facts, facts.admin, options),
    kubeconfigFor: (user, options) => kubeconfigText(facts, user, options),
    issueClient: async (commonName, organization, options = {}) => {
      const authority = await openAuthority(facts.authority);
      const group = organization === undefined ? {} : { organization };
      const request = { commonName, usages: ["client"] as const, ...group, ...options };
      return { name: commonName, credentials: await authority.issue(request) };
    },
    stop,
  };
}

/** Requests as one user. */
export function fleetApi(
  facts: Pick<ClusterFacts, "url" | "authority">,
  user: ClusterUser,
): FleetApi {
  const session = openSession(facts, user);
  return {
    request: async (method, path, body, headers = {}) => {
      const sent = body === undefined ? {} : { body };
      const response = await session(path, { method, headers, ...sent });
      return { status: response.status, text: await response.text() };
    },
  };
}
