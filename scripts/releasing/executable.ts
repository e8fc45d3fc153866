// What a program says of itself in its header, so that one for the wrong platform never gets into an archive.
import { MACH_O_MAGIC, readMachO } from "./mach-o.ts";
import { checkSignature } from "./mach-o-signature.ts";
import type { Target } from "./targets.ts";

export interface ExecutableFacts {
  readonly os: Target["os"];
  readonly arch: Target["arch"] | "unknown";
  /** ELF: the program that loads it, by which C library it wants. */
  readonly loader?: string;
}

type Architectures = Readonly<Record<number, Target["arch"]>>;

const ELF_MAGIC = 0x464c457f;
const DOS_MAGIC = 0x5a4d;
const PE_MAGIC = 0x4550;
const ELF_MACHINES: Architectures = { 62: "amd64", 183: "arm64" };
const MACH_O_CPUS: Architectures = { 16777223: "amd64", 16777228: "arm64" };
const PE_MACHINES: Architectures = { 34404: "amd64", 43620: "arm64" };
const LOADER_SEGMENT = 3;

/** @throws Error when it is no program of the three kinds. */
export function readExecutable(file: Buffer): ExecutableFacts {
  const magic = file.readUInt32LE(0);
  if (magic === ELF_MAGIC) return elfFacts(file);
  if (magic === MACH_O_MAGIC)
    return { os: "darwin", arch: MACH_O_CPUS[readMachO(file).cpu] ?? "unknown" };
  if ((magic & 0xffff) === DOS_MAGIC) return peFacts(file);
  throw new Error("this is no program for Linux, macOS or Windows");
}

function elfFacts(file: Buffer): ExecutableFacts {
  const arch = ELF_MACHINES[file.readUInt16LE(18)] ?? "unknown";
  const table = Number(file.readBigUInt64LE(32));
  const size = file.readUInt16LE(54);
  for (let index = 0; index < file.readUInt16LE(56); index++) {
    const segment = table + index * size;
    if (file.readUInt32LE(segment) !== LOADER_SEGMENT) continue;
    const start = Number(file.readBigUInt64LE(segment + 8));
    const [loader = ""] = file.toString("latin1", start, start + 256).split("\0", 1);
    return { os: "linux", arch, loader };
  }
  return { os: "linux", arch };
}

function peFacts(file: Buffer): ExecutableFacts {
  const header = file.readUInt32LE(0x3c);
  if (file.readUInt32LE(header) !== PE_MAGIC) throw new Error("this is no program for Windows");
  return { os: "windows", arch: PE_MACHINES[file.readUInt16LE(header + 4)] ?? "unknown" };
}

/** @throws Error when a program is not for the target, or would not be started there. */
export function expectExecutable(target: Target, file: Buffer): void {
  const facts = readExecutable(file);
  const says = `the program for ${target.name} is one for ${facts.os}/${facts.arch}`;
  if (facts.os !== target.os || facts.arch !== target.arch) throw new Error(says);
  if (target.os === "linux" && (facts.loader?.includes("musl") ?? false) !== target.isMusl)
    throw new Error(`${says} that wants ${facts.loader}`);
  if (target.os !== "darwin") return;
  const { wrongPages } = checkSignature(file);
  if (wrongPages.length > 0)
    throw new Error(`${says} whose signature does not fit ${wrongPages.length} of its pages`);
}
