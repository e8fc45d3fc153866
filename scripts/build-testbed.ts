// Builds what the testbed needs and says where it is: run it once before the first tests, or to fill a cache.
import { findActionlint } from "../test/support/actionlint.ts";
import { capiCrds } from "../test/support/testbed/capi-crds.ts";
import { findClusterctl, findManagers, findPrograms } from "../test/support/testbed/programs.ts";

async function main(): Promise<void> {
  const programs = await findPrograms();
  const clusterctl = await findClusterctl();
  const managers = await findManagers();
  const actionlint = await findActionlint();
  const crds = await capiCrds();
  const all = { ...programs, clusterctl, ...managers, actionlint };
  for (const [name, path] of Object.entries(all)) console.log(name, path);
  console.log("CRDs", crds.length);
}

try {
  await main();
} catch (error) {
  console.error(`build-testbed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
