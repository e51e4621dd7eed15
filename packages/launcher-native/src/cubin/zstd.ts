import * as zlib from 'node:zlib';
import { CubinError } from './cubin-error.js';

/** `zlib.zstdDecompressSync`, which our types, of the oldest Node.js that we support, do not know. */
type Decompress = (buffer: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

const decompress = (zlib as { readonly zstdDecompressSync?: Decompress }).zstdDecompressSync;

/** Whether this Node.js can decompress zstd: from 22.15 on. */
export const hasZstd = decompress !== undefined;

/**
 * Decompresses zstd.
 * @param size - bytes that come out
 * @throws {CubinError} when this Node.js cannot, when the data is damaged, or gives another size
 */
export function zstdDecompress(data: Uint8Array, size: number): Uint8Array {
  if (decompress === undefined) {
    throw new CubinError(
      'a member is compressed with zstd, which Node.js knows from 22.15 on; "nvcc -fatbin --no-compress" makes fatbins without',
    );
  }
  let out: Uint8Array;
  try {
    out = decompress(data, { maxOutputLength: size });
  } catch (error) {
    throw new CubinError(
      `a member compressed with zstd is damaged: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (out.length === size) return out;
  throw new CubinError(
    `a member compressed with zstd gives ${out.length} bytes, and the fatbin says ${size}`,
  );
}
