// Asks an API server who it takes us for, with this program's own kubeconfig loader, credentials and transport. Run as a
// program it does so for the environment it finds, and prints what `kubectl auth whoami -o json` would.
import { homedir } from "node:os";
import { type ConnectionOptions, openCluster } from "../../../src/kube/connect.ts";
import { KubeApiError, PivotError } from "../../../src/model/error.ts";
import type { ResourceKind } from "../../../src/model/kinds.ts";

/** As in a SelfSubjectReview. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export type Who = { readonly user: UserInfo } | { readonly error: string; readonly text: string };

const REVIEW: ResourceKind = {
  group: "authentication.k8s.io",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  namespaced: false,
  versions: ["v1"],
  version: "v1",
  verbs: ["create"],
  hasStatus: false,
};

/** Long enough for two busy cores. */
const PATIENCE_MS = 20_000;

type Env = Readonly<Record<string, string | undefined>>;

/** A client that asks once and does not wait for a server that is away. */
export async function whoWeAre(env: Env, more: Partial<ConnectionOptions> = {}): Promise<Who> {
  try {
    const client = await openCluster({
      name: "source",
      requestTimeoutMs: PATIENCE_MS,
      userAgent: "kubectl-capi-pivot/test",
      env,
      homeDir: env["HOME"] ?? homedir(),
      retryLimits: { maxAttempts: 1, budgetMs: 0 },
      ...more,
    });
    try {
      return await askAgain(client);
    } finally {
      client.close();
    }
  } catch (error) {
    return whyNot(error);
  }
}

/** On a connection that is open already. */
export async function askAgain(
  client: Pick<Awaited<ReturnType<typeof openCluster>>, "create">,
): Promise<Who> {
  try {
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const review = (await client.create(REVIEW, body)) as unknown as {
      readonly status: { readonly userInfo: UserInfo };
    };
    return { user: review.status.userInfo };
  } catch (error) {
    return whyNot(error);
  }
}

function whyNot(error: unknown): Who {
  if (error instanceof KubeApiError) return { error: `HTTP ${error.status}`, text: error.message };
  if (!(error instanceof PivotError)) throw error;
  return { error: error.code, text: `${error.message}\n${error.hint ?? ""}` };
}

if (import.meta.main) {
  const who = await whoWeAre(process.env);
  console.log(JSON.stringify("user" in who ? { status: { userInfo: who.user } } : who));
  process.exit("user" in who ? 0 : 1);
}
