import type { Target } from '@gemm-preflight/types';
import { estimate, largestOf, microseconds, type TimeEstimate } from './time-estimate.js';

// The persistent kernels of hopper-native. Constants are of one H100 at its limit of 700 W, from medians of
// benchmarks/results/2026-11-25-kernels-h100/bench.jsonl; what they come to is compared in test/select/measured-family.test.ts.

/**
 * Share of the published dense rate that the products of a tile run at. 256 × 128 tiles, block-scaled: 0.85 µs a block of 128
 * bytes of k and multiprocessor, which is 1300 of 1979 TFLOPS. The clock sinks under load, and sums are added with their
 * scales between products. bf16 comes to the same share of its rate.
 */
const sustainedShare = 0.66;

/**
 * Microseconds of a tile beside its products: what of the epilogue nothing hides. Tiles with 56 blocks against those with 16: 0.05 to 1.2, by
 * the tile.
 */
const tileUs = 0.6;

/** Microseconds that each block of k waits for the other CTA of a pair that shares tokens: 128 × 128 tiles, 0.47 instead of 0.43 µs. */
const pairUs = 0.045;

/**
 * Microseconds to gather 128 bytes of a routed token: threads copy them, since Hopper's TMA cannot. 128 tokens along m take 0.72 µs. Along n
 * their scales are gathered with them, and 256 rows along m are more than a thread has registers for: 128 tokens take 1.03 µs, 256 take 2.05 µs.
 */
const gatherUs = { alone: 0.0056, withMore: 0.008 } as const;

/** Bytes a second that a CTA reads of the sums of a slice of k in its neighbour: 64 tokens, 32 KiB, 3 µs a tile. */
const sliceBytesPerSecond = 11e9;

/** What a launch of persistent CTAs does. A tile is a CTA's: of a split k, one slice of it. */
export interface PersistentWork {
  /** Tiles that the busiest multiprocessor works off. */
  readonly tilesInTurn: number;
  /** Blocks of k of a tile, 128 bytes each. */
  readonly blocks: number;
  /** Bytes of A and B that a tile loads; of tokens that a pair shares, half. */
  readonly operandBytesPerTile: number;
  readonly memoryBytes: number;
  readonly flopsPerTile: number;
  readonly inputBits: number;
  /** Tokens of a tile that are gathered one by one, and whether along m. */
  readonly gatheredTokens: number;
  readonly batchM: boolean;
  readonly isPair: boolean;
  /** Bytes of other slices' sums that a tile adds up. */
  readonly sliceBytes: number;
}

/**
 * Least times of a launch of persistent CTAs. A multiprocessor takes the tiles in turn; of each, loads and products go on at the same time, so
 * that the slower of them counts, and the rest comes on top. All multiprocessors share the memory.
 */
export function estimatePersistent(work: PersistentWork, target: Target): TimeEstimate {
  const { tilesInTurn, blocks, gatheredTokens } = work;
  const roofs = estimate(
    {
      waves: tilesInTurn,
      operandBytesPerTile: work.operandBytesPerTile,
      memoryBytes: work.memoryBytes,
      flopsPerTile: work.flopsPerTile,
      // The pipeline goes on from tile to tile, and is filled from nothing once.
      refills: 1,
      inputBits: work.inputBits,
    },
    target,
  );
  const alongside =
    tileUs + (work.isPair ? blocks * pairUs : 0) + (work.sliceBytes / sliceBytesPerSecond) * microseconds;
  const gathering =
    tilesInTurn *
    blocks *
    gatheredTokens *
    (work.batchM && gatheredTokens <= 128 ? gatherUs.alone : gatherUs.withMore);
  const operandsUs = Math.max(roofs.operandsUs, gathering) + tilesInTurn * alongside;
  const tensorCoresUs =
    roofs.tensorCoresUs === null ? null : roofs.tensorCoresUs / sustainedShare + tilesInTurn * alongside;
  const { memoryUs, latencyUs } = roofs;
  return largestOf({ memoryUs, operandsUs, tensorCoresUs, latencyUs });
}
