import { readFileSync } from 'node:fs';

function read(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

/** fixtures/tiny.cu, compiled for sm_90a by CUDA 13.0 (ABI version 8). */
export const cuda13Cubin = read('tiny.sm90a.cuda13.cubin');

/** The same by the ptxas of CUDA 12.8 (ABI version 7). */
export const cuda12Cubin = read('tiny.sm90a.cuda12.cubin');

/** A copy of a file with some bytes changed. */
export function patched(bytes: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array {
  const copy = bytes.slice();
  for (const [offset, value] of Object.entries(changes)) copy[Number(offset)] = value;
  return copy;
}

/** The bytes of a little-endian 32-bit number at an offset, for `patched`. */
export function word(offset: number, value: number): Record<number, number> {
  return Object.fromEntries([0, 1, 2, 3].map((i) => [offset + i, (value >>> (8 * i)) & 0xff]));
}
