// One platform's archive: the runtime, the compiled program, its signature, the licences. Runs in a worker, since
// packing keeps a processor busy for ten seconds.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackedFile, Packing } from "./archive-file.ts";
import { compile } from "./compile.ts";
import { expectExecutable } from "./executable.ts";
import { signAdHoc } from "./mach-o-signature.ts";
import { placeRuntime } from "./runtimes.ts";
import type { Source } from "./source.ts";
import { tarGz } from "./tar.ts";
import { archiveName, PROGRAM, programName, type Target } from "./targets.ts";
import { THIRD_PARTY_FILE } from "./third-party-licenses.ts";
import { zip } from "./zip.ts";

export interface TargetInput {
  readonly repository: string;
  readonly source: Source;
  readonly target: Target;
  /** For what is made on the way; the target gets a folder of its own in it. */
  readonly work: string;
  /** Text of what goes beside our own licence. */
  readonly thirdParty: string;
  readonly packing: Packing;
  /** Where the archive goes. */
  readonly folder: string;
}

export interface BuiltArchive {
  readonly target: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

const EXECUTABLE = 0o755;
const READABLE = 0o644;

export async function buildTarget(input: TargetInput): Promise<BuiltArchive> {
  const { target, source, folder, packing } = input;
  const work = await mkdtemp(join(input.work, `${target.name}-`));
  try {
    const program = await buildProgram(input, work);
    expectExecutable(target, program);
    const license = await readFile(join(input.repository, "LICENSE"));
    const files: readonly PackedFile[] = [
      { name: programName(target), mode: EXECUTABLE, data: program },
      { name: "LICENSE", mode: READABLE, data: license },
      { name: THIRD_PARTY_FILE, mode: READABLE, data: Buffer.from(input.thirdParty) },
    ];
    const archive = target.os === "windows" ? zip(files, packing) : tarGz(files, packing);
    const file = archiveName(target, source.version);
    await writeFile(join(folder, file), archive);
    const sha256 = createHash("sha256").update(archive).digest("hex");
    return { target: target.name, file, bytes: archive.length, sha256 };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function buildProgram(input: TargetInput, work: string): Promise<Buffer<ArrayBuffer>> {
  const { repository, source, target } = input;
  const runtime = await placeRuntime(repository, target, work);
  const output = join(work, "program", PROGRAM);
  await mkdir(join(work, "program"));
  const platform = { bunTarget: target.bunTarget, runtime };
  await compile({ repository, source, output, platform });
  const program = await readFile(join(work, "program", programName(target)));
  return target.os === "darwin" ? signAdHoc(program, PROGRAM) : program;
}
