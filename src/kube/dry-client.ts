// A client that cannot store anything: every write of it is a dry run.
import type { ClusterAsker, ClusterClient } from "../model/client.ts";

const DRY = { dryRun: true, metadataOnly: true } as const;

/** Only asks, whatever the client could do. */
export function dryClient(client: ClusterClient): ClusterAsker {
  return {
    name: client.name,
    context: client.context,
    tryCreate: async (kind, body) => {
      await client.create(kind, body, DRY);
    },
    tryPatch: async (kind, address, body) => {
      await client.patch(kind, address, "merge", body, DRY);
    },
    tryDelete: async (kind, address, preconditions) => {
      await client.delete(kind, address, preconditions, { dryRun: true });
    },
    // What is asked is in the answer's status.
    review: (kind, question) => client.create(kind, question, { dryRun: true }),
  };
}
