import type { BatchedGemmOptions, KernelInfo } from '@gemm-preflight/types';

/** What adjustments may rewrite, and what a compiled kernel has once and for all. */
const compiled = [
  'tileM',
  'tileN',
  'tileK',
  'epilogueTileM',
  'epilogueTileN',
  'mmaM',
  'mmaN',
  'mmaK',
] as const;

/** Where checked options ask for other tiles than a kernel was compiled with; a line each. */
export function otherTiles(kernel: KernelInfo, options: BatchedGemmOptions): readonly string[] {
  return compiled
    .filter((field) => kernel[field] !== options[field])
    .map((field) => `compiled with ${field} ${kernel[field]}, where the check makes it ${options[field]}`);
}
