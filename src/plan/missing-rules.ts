// Rights that a user lacks, as the ClusterRole that would grant them.
import { compareStrings } from "../model/object.ts";

/** One right: a verb on a resource of a group. */
export interface Right {
  readonly group: string;
  /** Of a subresource: `machines/status`. */
  readonly plural: string;
  readonly verb: string;
  /** Absent: cluster-wide. */
  readonly namespace?: string;
}

/** A manifest with the fewest rules: resources of one group that need the same verbs share one. */
export function clusterRoleText(rights: readonly Right[], name: string): string {
  const verbs = Map.groupBy(rights, ({ group, plural }) => `${group}/${plural}`);
  const resources = [...verbs].map(([resource, of]) => ({
    resource,
    verbs: unique(of.map(({ verb }) => verb)),
  }));
  const rules = Map.groupBy(resources, (one) =>
    JSON.stringify([one.resource.split("/")[0], one.verbs]),
  );
  const lines = [...rules]
    .sort(([a], [b]) => compareStrings(a, b))
    .flatMap(([key, members]) => {
      const [group, allowed] = JSON.parse(key) as [string, readonly string[]];
      const plurals = unique(members.map(({ resource }) => resource.slice(group.length + 1)));
      return [
        `- apiGroups: [${JSON.stringify(group)}]`,
        `  resources: ${listText(plurals)}`,
        `  verbs: ${listText(allowed)}`,
      ];
    });
  return [
    "apiVersion: rbac.authorization.k8s.io/v1",
    "kind: ClusterRole",
    `metadata: {name: ${name}}`,
    "rules:",
    ...lines,
  ].join("\n");
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort(compareStrings);
}

function listText(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}
