// Reads what a signature of a macOS program depends on: a thin 64-bit Mach-O file's load commands.

/** A load command: where it is in the file, and what it says of another part of the file. */
export interface FilePart {
  readonly command: number;
  readonly offset: number;
  readonly size: number;
}

export interface MachO {
  readonly cpu: number;
  readonly text: FilePart;
  readonly linkEdit: FilePart;
  readonly signature: FilePart;
}

export const MACH_O_MAGIC = 0xfeedfacf;
const HEADER_BYTES = 32;
const SEGMENT_64 = 0x19;
const CODE_SIGNATURE = 0x1d;

/** @throws Error when the file is of another kind, or has no place for a signature. */
export function readMachO(file: Buffer): MachO {
  if (file.readUInt32LE(0) !== MACH_O_MAGIC) throw new Error("this is no 64-bit Mach-O file");
  const parts = new Map<string, FilePart>();
  let command = HEADER_BYTES;
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    const kind = file.readUInt32LE(command);
    if (kind === CODE_SIGNATURE) parts.set("signature", signaturePart(file, command));
    if (kind === SEGMENT_64) parts.set(segmentName(file, command), segmentPart(file, command));
    command += file.readUInt32LE(command + 4);
  }
  const part = (name: string): FilePart => {
    const found = parts.get(name);
    if (found === undefined) throw new Error(`this Mach-O file has no ${name}`);
    return found;
  };
  return {
    cpu: file.readUInt32LE(4),
    text: part("__TEXT"),
    linkEdit: part("__LINKEDIT"),
    signature: part("signature"),
  };
}

function signaturePart(file: Buffer, command: number): FilePart {
  return { command, offset: file.readUInt32LE(command + 8), size: file.readUInt32LE(command + 12) };
}

function segmentPart(file: Buffer, command: number): FilePart {
  const [offset, size] = [40, 48].map((at) => Number(file.readBigUInt64LE(command + at))) as [
    number,
    number,
  ];
  return { command, offset, size };
}

function segmentName(file: Buffer, command: number): string {
  return file.toString("latin1", command + 8, command + 24).replace(/\0+$/, "");
}
