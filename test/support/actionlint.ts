// The linter of the workflows, built like the testbed's programs; needs no cluster.
import { join } from "node:path";
import { builtFolder } from "./testbed/built-programs.ts";
import { actionlintModule } from "./testbed/program-modules.ts";

/** Its path; builds it when it is missing. */
export async function findActionlint(): Promise<string> {
  return join(await builtFolder(actionlintModule()), "actionlint");
}
