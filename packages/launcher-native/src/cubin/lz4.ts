import { CubinError } from './cubin-error.js';

/** Matches are at least as long as this; the format counts from there. */
const shortestMatch = 4;

/** A length of 15 goes on in the bytes behind it, as long as they are 255. */
const continued = 15;

/** A byte of a length stands for at most this many bytes: no block gives more for its size. */
const largestRatio = 255;

/**
 * Decompresses one LZ4 block (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md).
 * @param size - bytes that come out
 * @throws {CubinError} when the block is damaged, or gives another size
 */
export function decompressLz4(block: Uint8Array, size: number): Uint8Array {
  if (size > block.length * largestRatio) throw damaged(`${block.length} bytes cannot give ${size}`);
  const out = new Uint8Array(size);
  let at = 0;
  let written = 0;

  function next(): number {
    const byte = block[at++];
    if (byte === undefined) throw damaged(`it ends in the middle of a sequence, at byte ${at - 1}`);
    return byte;
  }

  function length(nibble: number): number {
    let total = nibble;
    if (nibble < continued) return total;
    for (let byte = 255; byte === 255; ) {
      byte = next();
      total += byte;
    }
    return total;
  }

  while (at < block.length) {
    const token = next();
    const literals = length(token >>> 4);
    if (at + literals > block.length) throw damaged(`its literals at byte ${at} reach past its end`);
    if (written + literals > size) throw damaged(`it gives more than ${size} bytes`);
    out.set(block.subarray(at, at + literals), written);
    at += literals;
    written += literals;
    // The last sequence has no match.
    if (at === block.length) break;

    const distance = next() | (next() << 8);
    const match = length(token & 0xf) + shortestMatch;
    if (distance === 0 || distance > written) throw damaged(`a match refers to byte ${written - distance}`);
    if (written + match > size) throw damaged(`it gives more than ${size} bytes`);
    // Byte by byte: a match may overlap what it writes.
    for (const end = written + match; written < end; written++) out[written] = out[written - distance] ?? 0;
  }
  if (written !== size) throw damaged(`it gives ${written} bytes, and the fatbin says ${size}`);
  return out;
}

function damaged(how: string): CubinError {
  return new CubinError(`a member compressed with LZ4 is damaged: ${how}`);
}
