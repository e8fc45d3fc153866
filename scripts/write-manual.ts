// Writes the man page and the reference out of the command table, and the schema of plans out of their types. A test refuses what is out of date.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { MANUAL } from "./manual/files.ts";
import { planSchemaFile } from "./manual/plan-schema.ts";

const REPOSITORY = join(import.meta.dir, "..");

const PLAN_SCHEMA = { path: "docs/plan.schema.json", text: planSchemaFile };

for (const { path, text } of [...MANUAL, PLAN_SCHEMA]) {
  const file = join(REPOSITORY, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text());
  console.log(path);
}
