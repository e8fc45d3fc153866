// A kind of a group that a cluster serves, known by name: for whoever has made no discovery.
import type { ClusterReader } from "../model/client.ts";
import { KubeApiError } from "../model/error.ts";
import type { ResourceKind } from "../model/kinds.ts";
import { stringAt } from "../model/object.ts";

/**
 * At the version that the server prefers, namespaced, to be listed and patched. Undefined when it does not serve the group.
 * Throws what the reader throws.
 */
export async function preferredKind(
  reader: ClusterReader,
  named: Pick<ResourceKind, "group" | "kind" | "plural">,
): Promise<ResourceKind | undefined> {
  try {
    const group = await reader.getRaw(`/apis/${named.group}`);
    const version = stringAt(group, "preferredVersion", "version");
    if (version === undefined) return undefined;
    return {
      ...{ ...named, namespaced: true, versions: [version], version, hasStatus: true },
      verbs: ["list", "patch"],
    };
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 404) return undefined;
    throw error;
  }
}
