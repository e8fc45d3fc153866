// Signs macOS programs ad hoc and checks such signatures: one hash per page, which the kernel compares before it runs
// the page. Bun leaves the signature of the runtime in darwin-x64 programs although their content is another.
// Formats: xnu's osfmk/kern/cs_blobs.h; all numbers of a signature are big-endian.
import { createHash } from "node:crypto";
import { readMachO } from "./mach-o.ts";

const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
/** The first version whose directory has the executable segment. */
const VERSION = 0x20400;
/** CS_ADHOC and CS_LINKER_SIGNED: nobody vouches for it, and codesign may replace it. No hardened runtime, so JIT works. */
const FLAGS = 0x20002;
const SHA256 = 2;
const HASH_BYTES = 32;
const PAGE_BITS = 12;
const PAGE = 1 << PAGE_BITS;
/** Segments end at pages of the processor, which on arm64 are larger. */
const SEGMENT_PAGE = 0x4000;
/** Of the super blob with its one entry, and of the directory before the identifier. */
const BLOB_HEADER = 20;
const DIRECTORY_HEADER = 88;
const MAIN_BINARY = 1n;

/** The same program with a new signature in place of the one that it had. */
export function signAdHoc(file: Buffer, identifier: string): Buffer<ArrayBuffer> {
  const { text, linkEdit, signature } = readMachO(file);
  const limit = signature.offset;
  const name = Buffer.from(`${identifier}\0`);
  const pages = Math.ceil(limit / PAGE);
  const hashOffset = DIRECTORY_HEADER + name.length;
  const directoryBytes = hashOffset + pages * HASH_BYTES;
  const total = BLOB_HEADER + directoryBytes;
  const signed = Buffer.alloc(limit + total);
  file.copy(signed, 0, 0, limit);
  signed.writeUInt32LE(total, signature.command + 12);
  const linkEditBytes = limit + total - linkEdit.offset;
  signed.writeBigUInt64LE(BigInt(linkEditBytes), linkEdit.command + 48);
  const inMemory = Math.ceil(linkEditBytes / SEGMENT_PAGE) * SEGMENT_PAGE;
  signed.writeBigUInt64LE(BigInt(inMemory), linkEdit.command + 32);
  Buffer.concat([
    uint32(SUPER_BLOB, total, 1, 0, BLOB_HEADER),
    uint32(CODE_DIRECTORY, directoryBytes, VERSION, FLAGS, hashOffset, DIRECTORY_HEADER),
    uint32(0, pages, limit),
    Buffer.from([HASH_BYTES, SHA256, 0, PAGE_BITS]),
    // spare2, scatterOffset, teamOffset, spare3, codeLimit64
    uint32(0, 0, 0, 0, 0, 0),
    uint64(BigInt(text.offset), BigInt(text.size), MAIN_BINARY),
    name,
  ]).copy(signed, limit);
  // Of the new bytes: the first pages hold the load commands that were just written.
  const hashes = limit + BLOB_HEADER + hashOffset;
  for (let page = 0; page < pages; page++)
    hashOfPage(signed, page, limit).copy(signed, hashes + page * HASH_BYTES);
  return signed;
}

export interface SignatureFacts {
  readonly identifier: string;
  readonly isAdHoc: boolean;
  readonly pages: number;
  /** Numbers of the pages that the kernel would refuse; -1 when the signature does not end where the file does. */
  readonly wrongPages: readonly number[];
}

/** @throws Error when there is no signature that could be checked. */
export function checkSignature(file: Buffer): SignatureFacts {
  const { signature } = readMachO(file);
  const blob = file.subarray(signature.offset, signature.offset + signature.size);
  if (blob.readUInt32BE(0) !== SUPER_BLOB) throw new Error("there is no code signature");
  const directory = blob.subarray(blob.readUInt32BE(16));
  if (directory.readUInt32BE(0) !== CODE_DIRECTORY) throw new Error("it has no code directory");
  const limit = directory.readUInt32BE(32);
  const pages = directory.readUInt32BE(28);
  const isWhole =
    limit === signature.offset &&
    pages === Math.ceil(limit / PAGE) &&
    signature.offset + signature.size === file.length;
  const hashes = directory.readUInt32BE(16);
  const wrongPages = Array.from({ length: pages }, (_, page) => page).filter((page) => {
    const start = hashes + page * HASH_BYTES;
    const expected = directory.subarray(start, start + HASH_BYTES);
    return !hashOfPage(file, page, limit).equals(expected);
  });
  const [identifier = ""] = directory.toString("latin1", directory.readUInt32BE(20)).split("\0", 1);
  return {
    identifier,
    isAdHoc: directory.readUInt32BE(12) === FLAGS,
    pages,
    wrongPages: isWhole ? wrongPages : [-1, ...wrongPages],
  };
}

function hashOfPage(file: Buffer, page: number, limit: number): Buffer {
  const bytes = file.subarray(page * PAGE, Math.min((page + 1) * PAGE, limit));
  return createHash("sha256").update(bytes).digest();
}

function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

function uint64(...values: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64BE(value, index * 8);
  return bytes;
}
