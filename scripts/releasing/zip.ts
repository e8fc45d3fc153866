// Writes zip files that depend on nothing but their files: the oldest time there is, sorted names, unix modes.
import { deflate, type PackedFile, type Packing } from "./archive-file.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const DEFLATED = 8;
const VERSION = 20;
const UNIX = 3 << 8;
/** 1980-01-01. */
const DATE = 0x0021;
const REGULAR = 0o100000;

export function zip(files: readonly PackedFile[], packing: Packing): Uint8Array<ArrayBuffer> {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const file of sorted) {
    const packed = deflate(file.data, packing);
    const fields = fieldsOf(file, packed.length);
    const local = Buffer.concat([uint32(LOCAL), uint16(VERSION), fields, uint16(0), nameOf(file)]);
    directory.push(centralHeader(file, fields, offset));
    parts.push(local, packed);
    offset += local.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const count = uint16(sorted.length);
  return Buffer.concat([
    ...parts,
    ...[central, uint32(END), uint16(0), uint16(0), count, count],
    ...[uint32(central.length), uint32(offset), uint16(0)],
  ]);
}

/** What both headers have: from the flags to the length of the name. */
function fieldsOf(file: PackedFile, packedLength: number): Buffer {
  return Buffer.concat([
    ...[uint16(0), uint16(DEFLATED), uint16(0), uint16(DATE)],
    ...[uint32(Bun.hash.crc32(file.data)), uint32(packedLength), uint32(file.data.length)],
    uint16(nameOf(file).length),
  ]);
}

function centralHeader(file: PackedFile, fields: Buffer, offset: number): Buffer {
  return Buffer.concat([
    ...[uint32(CENTRAL), uint16(VERSION | UNIX), uint16(VERSION), fields],
    // No extra field, no comment, the only disk, no text.
    ...[uint16(0), uint16(0), uint16(0), uint16(0)],
    ...[uint32(((REGULAR | file.mode) << 16) >>> 0), uint32(offset), nameOf(file)],
  ]);
}

function nameOf({ name }: PackedFile): Buffer {
  return Buffer.from(name);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
