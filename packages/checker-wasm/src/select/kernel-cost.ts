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
import { estimatePersistent } from './persistent-time.js';
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
  /** Tiles over the SMs that can have one, rounded up. */
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
  { grid, persistentCtas }: LaunchGeometry,
  target: Target,
): KernelCost {
  const { totalNumPaddedTokens } = ctaTables(tokensOf(o), tokenTile(o));
  const common: Common = {
    ctas: grid.x * grid.y * grid.z,
    padding: paddingOf(o, totalNumPaddedTokens),
    occupancy: occupancyOf(kernel, target),
    memoryBytes: leastMemoryBytes(o, totalNumPaddedTokens),
  };
  return persistentCtas === undefined
    ? costOfTiles(common, o, target)
    : costOfPersistent(common, o, totalNumPaddedTokens / tokenTile(o), persistentCtas, target);
}

type Common = Pick<KernelCost, 'ctas' | 'padding' | 'occupancy' | 'memoryBytes'>;

/** A CTA for each tile. */
function costOfTiles(common: Common, o: BatchedGemmOptions, target: Target): KernelCost {
  const { ctas, occupancy, memoryBytes } = common;
  const steps = Math.ceil(o.k / o.tileK);
  const operandBytesPerCta = ((o.tileM + o.tileN) * steps * o.tileK * dtypeBits(o.dtypeElt)) / 8;
  const waves = wavesOf(ctas, target.numSms);
  return {
    ...common,
    waves,
    operandBytes: ctas * operandBytesPerCta,
    time: estimate(
      {
        waves: waves.count,
        operandBytesPerTile: operandBytesPerCta,
        memoryBytes,
        flopsPerTile: 2 * o.tileM * o.tileN * steps * o.tileK,
        // Every slot of an SM works through as many CTAs, each of which refills its stages so often.
        refills: Math.ceil(ctas / (target.numSms * occupancy.ctasPerSm)) * Math.ceil(steps / o.numStages),
        inputBits: dtypeBits(o.dtypeElt),
      },
      target,
    ),
  };
}

/** CTAs that take tile after tile. */
function costOfPersistent(
  common: Common,
  o: BatchedGemmOptions,
  tilesAlongTokens: number,
  persistentCtas: number,
  target: Target,
): KernelCost {
  const slices = o.clusterDimZ;
  const blocks = Math.ceil(o.k / o.tileK / slices);
  const tiles = tilesAlongTokens * tilesAlongChannels(o) * slices;
  const [tokens, channels] = o.batchM ? [o.tileM, o.tileN] : [o.tileN, o.tileM];
  const operandBytesPerTile =
    ((tokens / o.clusterDimX + channels) * blocks * o.tileK * dtypeBits(o.dtypeElt)) / 8;
  // Multiprocessors that no whole cluster fits on have nothing to do.
  const cluster = o.clusterDimX * slices;
  const waves = wavesOf(tiles, Math.max(1, Math.floor(persistentCtas / cluster)) * cluster);
  return {
    ...common,
    waves,
    operandBytes: tiles * operandBytesPerTile,
    time: estimatePersistent(
      {
        tilesInTurn: waves.count,
        blocks,
        operandBytesPerTile,
        memoryBytes: common.memoryBytes,
        flopsPerTile: 2 * tokens * channels * blocks * o.tileK,
        inputBits: dtypeBits(o.dtypeElt),
        gatheredTokens: o.routeAct ? tokens : 0,
        batchM: o.batchM,
        isPair: o.clusterDimX > 1,
        sliceBytes: (slices - 1) * tokens * channels * Float32Array.BYTES_PER_ELEMENT,
      },
      target,
    ),
  };
}

function wavesOf(ctas: number, numSms: number): Waves {
  const count = Math.ceil(ctas / numSms);
  return { count, lastIdle: (count * numSms - ctas) / numSms };
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
