// docs/plan.schema.json out of the types of src/report/plan-data.ts: what `plan -o json` prints, and what `--plan` takes.
import { join } from "node:path";
import { createGenerator } from "ts-json-schema-generator";

const REPOSITORY = join(import.meta.dir, "..", "..");

/** @param isClosed nothing but what is described; the published one is open, for fields are added. */
export function planSchema(isClosed = false): Readonly<Record<string, unknown>> {
  const schema = createGenerator({
    path: join(REPOSITORY, "src/report/plan-data.ts"),
    tsconfig: join(REPOSITORY, "tsconfig.json"),
    type: "PlanData",
    additionalProperties: !isClosed,
    // tsc has done that.
    skipTypeCheck: true,
  }).createSchema("PlanData");
  return { ...schema, title: "A plan of kubectl capi-pivot, capi-pivot.github.io/v1alpha1" };
}

/** The whole file. */
export function planSchemaFile(): string {
  return `${JSON.stringify(planSchema(), null, 2)}\n`;
}
