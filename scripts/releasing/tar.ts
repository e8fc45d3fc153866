// Writes tar files that depend on nothing but their files: no owner, no time, sorted names, plain ustar headers.
import { gzip, type PackedFile, type Packing } from "./archive-file.ts";

const BLOCK = 512;
const NAME_BYTES = 100;

/** @throws RangeError for a name that needs more than plain ustar. */
export function tarGz(files: readonly PackedFile[], packing: Packing): Uint8Array<ArrayBuffer> {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const blocks = sorted.flatMap((file) => [header(file), file.data, padding(file.data.length)]);
  // Two empty blocks end it.
  const tar = Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]);
  return gzip(tar, packing);
}

function padding(length: number): Uint8Array {
  return new Uint8Array((BLOCK - (length % BLOCK)) % BLOCK);
}

function header({ name, mode, data }: PackedFile): Uint8Array {
  if (Buffer.byteLength(name) > NAME_BYTES) throw new RangeError(`the name is too long: ${name}`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, digits: number): void => {
    block.write(`${value.toString(8).padStart(digits, "0")}\0`, offset, "latin1");
  };
  block.write(name, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(data.length, 124, 11);
  octal(0, 136, 11);
  block.write("0", 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  // The sum is taken with spaces in its own place.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
