// Reads zip files as krew does: by their directory at the end, with the modes that Go finds there.
import type { ArchiveEntry, EntryType } from "./archive-file.ts";

const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const DEFLATED = 8;
const MAKERS_WITH_UNIX_MODES = [3, 19];
/** The type among the mode's bits; none is a plain file too. */
const TYPE_BITS = 0xf000;
const UNIX_TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0x0000, "file"],
  [0x4000, "directory"],
  [0x8000, "file"],
]);

/** @throws Error for a file that is no zip. */
export function readZip(bytes: Uint8Array<ArrayBuffer>): readonly ArchiveEntry[] {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(zip);
  const entries: ArchiveEntry[] = [];
  let offset = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(offset) !== CENTRAL) throw new Error("this zip's directory is damaged");
    const nameBytes = zip.readUInt16LE(offset + 28);
    const start = offset + CENTRAL_BYTES;
    const name = zip.toString("utf8", start, start + nameBytes);
    entries.push({ name, ...modeOf(zip, offset, name), data: dataOf(zip, offset) });
    offset = start + nameBytes + zip.readUInt16LE(offset + 30) + zip.readUInt16LE(offset + 32);
  }
  return entries;
}

function endOf(zip: Buffer): number {
  for (let offset = zip.length - END_BYTES; offset >= 0; offset--) {
    if (zip.readUInt32LE(offset) === END) return offset;
  }
  throw new Error("this is no zip, or it is cut off");
}

function modeOf(zip: Buffer, offset: number, name: string): Pick<ArchiveEntry, "type" | "mode"> {
  const isDirectory = name.endsWith("/");
  if (!MAKERS_WITH_UNIX_MODES.includes(zip.readUInt8(offset + 5)))
    return isDirectory ? { type: "directory", mode: 0o777 } : { type: "file", mode: 0o666 };
  const bits = zip.readUInt16LE(offset + 40);
  const type = isDirectory ? "directory" : (UNIX_TYPES.get(bits & TYPE_BITS) ?? "other");
  return { type, mode: bits & 0o777 };
}

function dataOf(zip: Buffer, central: number): Uint8Array<ArrayBuffer> {
  const local = zip.readUInt32LE(central + 42);
  const start = local + LOCAL_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(start, start + zip.readUInt32LE(central + 20));
  const bytes = new Uint8Array(packed);
  return zip.readUInt16LE(central + 10) === DEFLATED ? Bun.inflateSync(bytes) : bytes;
}
