// What the API server notes of every request: who wrote what and when. Bodies are left out.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";

/** One request, as far as tests ask for it. */
export interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly apiVersion?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

const POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived", "ResponseStarted"],
  rules: [{ level: "Metadata" }],
};

/** Writes the policy into a cluster's folder; the flags that make its API server follow it. */
export async function auditFlags(folder: string): Promise<readonly string[]> {
  const policy = join(folder, "audit-policy.yaml");
  await writeFile(policy, stringify(POLICY));
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${logPath(folder)}`];
}

/** Every request that was answered, oldest first, of a cluster that was started with `audit`. */
export async function readAudit(cluster: {
  readonly facts: { readonly folder: string };
}): Promise<readonly AuditEvent[]> {
  const path = logPath(cluster.facts.folder);
  if (!existsSync(path)) throw new Error("the cluster was started without `audit`");
  const lines = (await readFile(path, "utf8")).split("\n");
  // The last line may be half written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent);
}

/** Whether a request changes something when it succeeds. */
export function isWrite({ verb }: AuditEvent): boolean {
  return !["get", "list", "watch"].includes(verb);
}

function logPath(folder: string): string {
  return join(folder, "audit.log");
}
