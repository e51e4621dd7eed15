import type { BatchedGemmOptions, OptionName } from '../../options.js';
import { roundUpTo } from '../rule.js';

/** New values of some options. */
type Sizes = Partial<Readonly<Record<OptionName, number>>>;

type Dimension = 'm' | 'n' | 'k';

const tileOf = { m: 'tileM', n: 'tileN', k: 'tileK' } as const;

const insideOf = { m: ['mmaM', 'epilogueTileM'], n: ['mmaN', 'epilogueTileN'] } as const;

/** The fewest rows and columns of an instruction, and the steps in which there are more. */
export const leastMma = { m: 64, n: 8 } as const;

/** No kernel has deeper stages: what is larger is no tile to suggest. */
const deepestTileK = 1024;

/** What makes tiles divide these sizes of a problem: larger sizes, or, where there are such, smaller tiles. */
export function wholeTiles(o: BatchedGemmOptions, dimensions: readonly Dimension[]): readonly Sizes[] {
  const larger = dimensions.map((size): Sizes => ({ [size]: roundUpTo(o[size], o[tileOf[size]]) }));
  const smaller = dimensions.map((size) => smallerTile(o, size));
  // Where a tile cannot be smaller, its size still has to grow.
  const mixed = larger.map((sizes, i) => smaller[i] ?? sizes);
  const together = (all: readonly Sizes[]): Sizes => Object.fromEntries(all.flatMap(Object.entries));
  return smaller.every((tile) => tile === undefined)
    ? [together(larger)]
    : [together(larger), together(mixed)];
}

/**
 * The largest smaller tile that divides `extent` of a dimension, with what lies within it. A power of two, for instructions and
 * swizzles take these. None where there is none, and none with DeepSeek's scales, which leave no choice of tiles.
 */
export function smallerTile(o: BatchedGemmOptions, size: Dimension, extent = o[size]): Sizes | undefined {
  const tile = tileOf[size];
  const part = Math.min(extent & -extent, 2 ** Math.floor(Math.log2(o[tile])), deepestTileK);
  if (part === o[tile] || o.useDeepSeekFp8) return undefined;
  if (size === 'k') return part >= o.mmaK && part % o.mmaK === 0 ? { tileK: part } : undefined;
  if (part < leastMma[size]) return undefined;
  const [mma, epilogueTile] = insideOf[size];
  const inside = part % o[epilogueTile] === 0 ? o[epilogueTile] : part;
  return { [tile]: part, [mma]: Math.min(o[mma], part), [epilogueTile]: inside };
}

/** An epilogue tile that an instruction fits in, and the tile, larger where it would not be a whole number of them. */
export function tileAround(
  epilogueTile: 'epilogueTileM' | 'epilogueTileN',
  tile: 'tileM' | 'tileN',
  instruction: number,
  o: BatchedGemmOptions,
): Sizes {
  const size = roundUpTo(o[epilogueTile], instruction);
  return { [epilogueTile]: size, [tile]: roundUpTo(o[tile], size) };
}
