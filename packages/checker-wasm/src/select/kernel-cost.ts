import {
  type BatchedGemmOptions,
  dtypeBits,
  type KernelInfo,
  type LaunchGeometry,
  type Target,
} from '@gemm-preflight/types';
import { ctaTables, tokensOf, tokenTile } from '../plan/cta-tables.js';
import { tilesAlongChannels } from '../plan/grid.js';
import { leastMemoryBytes } from './memory-bytes.js';
import { type Occupancy, occupancyOf } from './occupancy.js';
import { estimate, type TimeEstimate } from './time-estimate.js';

/** Shares of padding, each from 0 to below 1. */
export interface Padding {
  /** Of the rows of the padded token space. */
  readonly tokens: number;
  /** Of the other side of the output, m or n, in tiles. */
  readonly hidden: number;
  /** Of k, in steps of tileK. */
  readonly k: number;
  /** Of all multiply-accumulates: what the three come to. */
  readonly total: number;
}

/** Tiles dealt out to SMs, one to each at a time: the busiest SM works through `count` of them, be it in one CTA or in several. */
export interface Waves {
  /** Tiles over the SMs, rounded up. */
  readonly count: number;
  /** Share of the SMs that the last wave leaves idle, 0 to below 1. */
  readonly lastIdle: number;
}

/** What a kernel's rank is made of, when nothing has been measured. */
export interface KernelCost {
  /** CTAs of the whole grid. */
  readonly ctas: number;
  readonly padding: Padding;
  readonly waves: Waves;
  readonly occupancy: Occupancy;
  /** Bytes of A and B that all CTAs together load; what the TMA loads for two of a cluster at once, counts once. */
  readonly operandBytes: number;
  /** Bytes that device memory moves at least: each buffer once, without the weights of batches that have no token. */
  readonly memoryBytes: number;
  readonly time: TimeEstimate;
}

/** What running checked options on a kernel costs. Pure arithmetic; ARCHITECTURE.md explains the model. */
export function kernelCost(
  kernel: KernelInfo,
  o: BatchedGemmOptions,
  launch: LaunchGeometry,
  target: Target,
): KernelCost {
  const tokens = tokensOf(o);
  const { totalNumPaddedTokens } = ctaTables(tokens, tokenTile(o));
  const { ctas, tiles, tilesPerCta, steps, rowsOfA } = workOf(o, launch, totalNumPaddedTokens / tokenTile(o));
  const operandBytesPerTile = ((rowsOfA + o.tileN) * steps * o.tileK * dtypeBits(o.dtypeElt)) / 8;
  const occupancy = occupancyOf(kernel, target);
  const waves = wavesOf(tiles, tilesPerCta, ctas, target.numSms);
  const memoryBytes = leastMemoryBytes(o, totalNumPaddedTokens);
  return {
    ctas,
    padding: paddingOf(o, totalNumPaddedTokens),
    waves,
    occupancy,
    operandBytes: tiles * operandBytesPerTile,
    memoryBytes,
    time: estimate(
      {
        waves: waves.count,
        operandBytesPerTile,
        memoryBytes,
        flopsPerTile: 2 * o.tileM * o.tileN * steps * o.tileK,
        // Every slot of an SM works through as many CTAs, each of which refills its stages so often.
        refills:
          Math.ceil(ctas / (target.numSms * occupancy.ctasPerSm)) *
          Math.ceil((tilesPerCta * steps) / o.numStages),
        inputBits: dtypeBits(o.dtypeElt),
      },
      target,
    ),
  };
}

/** What there is to do, and how it is cut. */
interface Work {
  readonly ctas: number;
  /** Tiles, each once for each slice of k. */
  readonly tiles: number;
  /** Tiles of the CTA that has most. */
  readonly tilesPerCta: number;
  /** Stages along k of a tile. */
  readonly steps: number;
  /** Rows of A that a CTA loads for a tile: two of a cluster along x load half of them each, and both get all. */
  readonly rowsOfA: number;
}

function workOf(o: BatchedGemmOptions, { grid, persistentCtas }: LaunchGeometry, alongTokens: number): Work {
  const ctas = grid.x * grid.y * grid.z;
  if (persistentCtas === undefined)
    return { ctas, tiles: ctas, tilesPerCta: 1, steps: Math.ceil(o.k / o.tileK), rowsOfA: o.tileM };
  const tiles = alongTokens * tilesAlongChannels(o);
  return {
    ctas,
    tiles: tiles * grid.z,
    tilesPerCta: Math.ceil(tiles / grid.x),
    steps: Math.ceil(o.k / grid.z / o.tileK),
    rowsOfA: o.tileM / o.clusterDimX,
  };
}

/** An SM has CTAs one after the other, and each of them tiles. */
function wavesOf(tiles: number, tilesPerCta: number, ctas: number, numSms: number): Waves {
  const count = tilesPerCta * Math.ceil(ctas / numSms);
  const perWave = tilesPerCta > 1 ? Math.min(numSms, ctas) : numSms;
  const inLast = Math.max(Math.min(1, tiles), tiles - (count - 1) * perWave);
  return { count, lastIdle: (numSms - inLast) / numSms };
}

function paddingOf(o: BatchedGemmOptions, paddedTokens: number): Padding {
  const [extent, tile] = o.batchM ? [o.n, o.tileN] : [o.m, o.tileM];
  const tokens = tokensOf(o).reduce((sum, count) => sum + count, 0);
  const used = {
    tokens: paddedTokens === 0 ? 1 : tokens / paddedTokens,
    hidden: usedShare(extent, tile),
    k: usedShare(o.k, o.tileK),
  };
  return {
    tokens: 1 - used.tokens,
    hidden: 1 - used.hidden,
    k: 1 - used.k,
    total: 1 - used.tokens * used.hidden * used.k,
  };
}

/** Share of whole tiles that an extent fills. */
function usedShare(extent: number, tile: number): number {
  return extent / (Math.ceil(extent / tile) * tile);
}
