// Where the Go module cache keeps the sources of a module that test/testbed pins.
import { runGo } from "./go-command.ts";
import type { ProgramModule } from "./program-modules.ts";

/** Downloads just these dependencies when they are missing; their folders, by import path. */
export async function moduleFolders(
  { folder }: ProgramModule,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const output = await runGo(["mod", "download", "-json", ...paths], {
    folder,
    wanted: `files of ${paths.join(" and ")} (Go modules)`,
  });
  const answers = JSON.parse(`[${output.replaceAll("}\n{", "},{")}]`) as readonly {
    readonly Path: string;
    readonly Dir: string;
  }[];
  return new Map(answers.map(({ Path, Dir }) => [Path, Dir]));
}
