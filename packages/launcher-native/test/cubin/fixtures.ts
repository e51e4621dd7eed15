import { readFileSync } from 'node:fs';

function read(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

/** fixtures/tiny.cu, compiled for sm_90a by CUDA 13.0 (ABI version 8). */
export const cuda13Cubin = read('tiny.sm90a.cuda13.cubin');

/** The same by the ptxas of CUDA 12.8 (ABI version 7). */
export const cuda12Cubin = read('tiny.sm90a.cuda12.cubin');

/** fixtures/local-memory.cu, by CUDA 13.0. */
export const localMemoryCubin = read('local-memory.sm90a.cuda13.cubin');

/**
 * Fatbins of tiny.cu, by CUDA 13.0. The first has cubins for sm_80 and sm_90a, and PTX for sm_90; the others the cubin above and
 * one for sm_80, compressed with LZ4 and zstd:
 *
 *   nvcc -fatbin --no-compress -gencode arch=compute_90a,code=sm_90a -gencode arch=compute_80,code=sm_80 \
 *     -gencode arch=compute_90,code=compute_90 tiny.cu -o tiny.plain.fatbin
 *   fatbinary --create=tiny.speed.fatbin --64 --compress-all --compress-mode=speed \
 *     --image3=kind=elf,sm=90a,file=tiny.sm90a.cuda13.cubin --image3=kind=elf,sm=80,file=tiny.sm80.cubin
 *
 * and the last with --compress-mode=size.
 */
export const plainFatbin = read('tiny.plain.fatbin');
export const lz4Fatbin = read('tiny.speed.fatbin');
export const zstdFatbin = read('tiny.size.fatbin');

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
