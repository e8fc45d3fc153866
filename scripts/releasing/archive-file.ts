// What goes into an archive and what is found in one, whatever its format.

/** A file to be packed. */
export interface PackedFile {
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** `other`: links, devices, whatever is neither file nor directory. */
export type EntryType = "file" | "directory" | "other";

export interface ArchiveEntry {
  readonly name: string;
  readonly type: EntryType;
  /** Permission bits. */
  readonly mode: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** How hard an archive is packed. */
export type Packing = "small" | "quick";

/**
 * libdeflate's levels go to 12. After the tenth the next ones gain nothing and cost twice the time, and zlib's best is
 * two megabytes larger; the sixth takes a fifth of the time.
 */
const LEVELS = { small: 10, quick: 6 } as const;

export function gzip(data: Uint8Array<ArrayBuffer>, packing: Packing): Uint8Array<ArrayBuffer> {
  return Bun.gzipSync(data, { library: "libdeflate", level: LEVELS[packing] });
}

/** Without any frame. */
export function deflate(data: Uint8Array<ArrayBuffer>, packing: Packing): Uint8Array<ArrayBuffer> {
  return Bun.deflateSync(data, { library: "libdeflate", level: LEVELS[packing] });
}
