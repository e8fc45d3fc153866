// Which API versions a cluster serves: references in a copy are rewritten only where theirs is not among them.
import type { Inventory } from "../model/inventory.ts";
import { apiVersionOf, kindKey } from "../model/object.ts";
import type { RewriteContext } from "./rewrite.ts";

export type Served = Pick<RewriteContext, "serves" | "versionOf">;

/** The two questions that rewriting asks of the target. */
export function servedBy({ kinds }: Pick<Inventory, "kinds">): Served {
  const all = new Set(
    [...kinds.values()].flatMap((kind) =>
      kind.versions.map((version) => apiVersionOf(kind.group, version)),
    ),
  );
  return {
    serves: (apiVersion) => all.has(apiVersion),
    versionOf: (group, kind) => kinds.get(kindKey({ group, kind }))?.versions[0],
  };
}
