// What manages a cluster, worked out from what it leaves behind. Pure.
import type { Inventory } from "../model/inventory.ts";
import type { Providers } from "../model/provider.ts";

/** Every provider of a cluster, whoever installed it. `named`: `ns/name` of programs given with `--controller`. */
export function findProviders(_inventory: Inventory, _named: readonly string[]): Providers {
  return { providers: [], parents: [], others: [], certManager: undefined };
}
