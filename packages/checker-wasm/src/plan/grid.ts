import type { BatchedGemmOptions, Dim3, LaunchGeometry } from '@gemm-preflight/types';

/** The tiles along the channels: what lies across the tokens. */
export function tilesAlongChannels(o: BatchedGemmOptions): number {
  return o.batchM ? Math.ceil(o.n / o.tileN) : Math.ceil(o.m / o.tileM);
}

/**
 * The grid of a launch whose tokens take so many tiles.
 * @param geometry a checked launch of these options, with whatever tokens
 */
export function gridFor(
  o: BatchedGemmOptions,
  { grid, persistentCtas }: LaunchGeometry,
  tilesAlongTokens: number,
): Dim3 {
  if (persistentCtas === undefined)
    return o.batchM ? { ...grid, x: tilesAlongTokens } : { ...grid, y: tilesAlongTokens };
  const ctas = Math.min(tilesAlongTokens * tilesAlongChannels(o), persistentCtas);
  return { ...grid, x: Math.max(1, Math.floor(ctas / o.clusterDimX)) * o.clusterDimX };
}
