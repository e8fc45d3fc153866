// Reads tar.gz files as krew does: ustar, GNU's long names, pax headers; whatever else is there is reported, not used.
import type { ArchiveEntry, EntryType } from "./archive-file.ts";

const BLOCK = 512;
/** GNU's long names of entries and links, pax headers of the next entry and of all. */
const SAYS_OF_NEXT: readonly string[] = ["L", "K", "x", "g"];
const TYPES: Readonly<Record<string, EntryType>> = { "0": "file", "\0": "file", "5": "directory" };

/** @throws Error for a file that is no gzip or no tar. */
export function readTarGz(bytes: Uint8Array<ArrayBuffer>): readonly ArchiveEntry[] {
  const tar = Buffer.from(Bun.gunzipSync(bytes).buffer);
  const entries: ArchiveEntry[] = [];
  let longName: string | undefined;
  for (const { header, data } of records(tar)) {
    const type = text(header, 156, 1) || "\0";
    if (SAYS_OF_NEXT.includes(type)) {
      longName = nameIn(type, data) ?? longName;
      continue;
    }
    const name = longName ?? shortName(header);
    entries.push({ name, type: typeOf(type, name), mode: octal(header, 100, 8) & 0o777, data });
    longName = undefined;
  }
  return entries;
}

interface TarRecord {
  readonly header: Buffer;
  readonly data: Buffer<ArrayBuffer>;
}

function* records(tar: Buffer<ArrayBuffer>): Generator<TarRecord> {
  for (let offset = 0; offset + BLOCK <= tar.length; ) {
    const header = tar.subarray(offset, offset + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    checkSum(header);
    const size = octal(header, 124, 12);
    yield { header, data: tar.subarray(offset + BLOCK, offset + BLOCK + size) };
    offset += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function typeOf(type: string, name: string): EntryType {
  if (TYPES[type] === "file" && name.endsWith("/")) return "directory";
  return TYPES[type] ?? "other";
}

/** The name of the next entry, where this one gives it. */
function nameIn(type: string, data: Buffer): string | undefined {
  if (type === "L") return text(data, 0, data.length);
  return type === "x" ? /(?:^|\n)\d+ path=(.*)\n/.exec(data.toString())?.[1] : undefined;
}

function shortName(block: Buffer): string {
  const isUstar = text(block, 257, 6) === "ustar";
  const prefix = isUstar ? text(block, 345, 155) : "";
  return `${prefix}${prefix === "" ? "" : "/"}${text(block, 0, 100)}`;
}

function text(block: Buffer, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? length : end);
}

function octal(block: Buffer, offset: number, length: number): number {
  const digits = text(block, offset, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error("this tar has a header that cannot be read");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function checkSum(block: Buffer): void {
  const sum = block.reduce(
    (total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte),
    0,
  );
  if (sum !== octal(block, 148, 8)) throw new Error("this is no tar, or it is damaged");
}
