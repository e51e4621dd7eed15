import { readFileSync } from 'node:fs';
import { sha256Of } from '@gemm-preflight/launcher-native';
import type { KernelInfo } from '@gemm-preflight/types';
import { catalogFile, cubinFile, ours } from './tiny.js';

// Kernels with DeepSeek scales that the emulator can load: entries of our own for a B200, over cubins of ours that say they
// are for one. The emulator computes what the entry says; of the cubin it reads the header.

/** A cubin of ours, its header rewritten: `e_flags` of ABI version 8 has the architecture in bits 8 to 15, and "a" in bit 3. */
function cubinForB200(path: string): string {
  const bytes = readFileSync(path);
  bytes[8] = 8;
  bytes.writeUInt32LE((100 << 8) | 0x8, 48);
  return cubinFile(bytes);
}

/** The entry of a kernel with tiles of 128 channels and 8 tokens, in the place of one of our own. */
function deepSeekKernel(index: number, change: Partial<KernelInfo>): KernelInfo {
  const own = ours[index];
  if (own?.cubin === undefined) throw new Error(`there is no kernel ${index} of ours`);
  const cubin = cubinForB200(own.cubin);
  return {
    ...own,
    arch: 'sm100a',
    cubin,
    sha256: sha256Of(readFileSync(cubin)),
    blockScale: true,
    sharedMemSize: 100_000,
    ...{ tileM: 128, tileN: 8, tileK: 128, epilogueTileM: 64, epilogueTileN: 8, mmaM: 64, mmaN: 8 },
    ...change,
  };
}

/** Writes E4m3, with its scales. */
export const toE4m3 = deepSeekKernel(0, { dtypeC: 'E4m3' });
/** Writes Bfloat16. */
export const toBfloat16 = deepSeekKernel(1, {});
/** Gathers tokens through a routing map. */
export const routed = deepSeekKernel(2, { dtypeC: 'E4m3', permuteFusion: true });

/** A catalog of them. */
export const deepSeekCatalog = catalogFile(toE4m3, toBfloat16, routed);
