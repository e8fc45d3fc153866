// Runs every stage: checks, tests without clusters, tests beside the pair of clusters, tests of the compiled program,
// tests that start clusters with providers. A stage that fails does not stop the others; the last line sums all of them up.
// `--crash=full` and the like run the matrix of crashes instead, see scripts/crash.ts.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Counts, countStage, NOTHING, plus, summaryLine } from "./junit-counts.ts";
import { failedTests } from "./junit-failures.ts";
import { testFiles, usesClusters, usesLiveClusters } from "./test-files.ts";

const REPOSITORY = join(import.meta.dir, "..");
const REPORTS = join(REPOSITORY, "dist", "test-reports");
const BINARY_TESTS = "test/binary/";
/** Per test and hook. Beside clusters: a thousand objects on two busy cores; live: controllers that take their time. */
const TIMEOUT_MS = { alone: 30_000, beside: 300_000, live: 600_000 } as const;

/** What failed so far, said once more at the end. */
const failures: string[] = [];

/** What runs beside the tests of a stage: nothing, the pair of clusters, or what they start themselves. */
type Company = keyof typeof TIMEOUT_MS;

function run(command: readonly string[]): boolean {
  const [program = "", ...args] = command;
  const { status, error } = spawnSync(program, args, {
    cwd: REPOSITORY,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error !== undefined) console.error(`${program}: ${error.message}`);
  return status === 0;
}

/** A stage that is no test; counts as one failed test when it fails, and not at all when it does not. */
function check(name: string, command: readonly string[]): Counts {
  announce(name);
  if (run(command)) return NOTHING;
  failures.push(name);
  return { ...NOTHING, failed: 1 };
}

function test(name: string, files: readonly string[], company: Company): Counts {
  if (files.length === 0) return NOTHING;
  announce(`${name}: ${files.length} test files`);
  const report = join(REPORTS, `${name}.xml`);
  const succeeded = run([
    ...(company === "beside" ? ["bun", "scripts/with-testbed.ts"] : []),
    ...["bun", "test", `--timeout=${TIMEOUT_MS[company]}`],
    ...["--reporter=junit", `--reporter-outfile=${report}`],
    // With the dot it is a path and not a filter.
    ...files.map((file) => `./${file}`),
  ]);
  const counts = countStage({ report, files, succeeded });
  console.error(`${name}: ${summaryLine(counts)}`);
  const named = failedTests(report);
  failures.push(...named);
  if (named.length < counts.failed)
    failures.push(`${name}: ${counts.failed - named.length} failed unnamed`);
  return counts;
}

function announce(text: string): void {
  console.error(`\n=== ${text}`);
}

function runStages(): Counts {
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  const all = testFiles(REPOSITORY);
  const live = all.filter((file) => usesLiveClusters(REPOSITORY, file));
  const files = all.filter((file) => !live.includes(file));
  const ofBinary = files.filter((file) => file.startsWith(BINARY_TESTS));
  const others = files.filter((file) => !file.startsWith(BINARY_TESTS));
  const beside = others.filter((file) => usesClusters(REPOSITORY, file));
  const alone = others.filter((file) => !beside.includes(file));
  const binaryCompany = ofBinary.some((file) => usesClusters(REPOSITORY, file))
    ? "beside"
    : "alone";
  return [
    () => check("biome", ["biome", "check"]),
    () => check("types", ["tsc", "--noEmit"]),
    () => test("unit", alone, "alone"),
    () => check("programs of the testbed", ["bun", "scripts/build-testbed.ts"]),
    () => test("clusters", beside, "beside"),
    () => check("build", ["bun", "scripts/build.ts"]),
    () => test("binary", ofBinary, binaryCompany),
    () => test("live", live, "live"),
  ]
    .map((stage) => stage())
    .reduce(plus, NOTHING);
}

const crash = process.argv.find((argument) => argument.startsWith("--crash"));
if (crash === undefined) {
  const counts = runStages();
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
  if (failures.length > 0) console.error(`\nFAILED:\n${failures.join("\n")}\n`);
  console.log(summaryLine(counts));
} else {
  // Says the last line itself.
  process.exitCode = run(["bun", "scripts/crash.ts", crash]) ? 0 : 1;
}
