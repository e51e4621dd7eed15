import type { BatchedGemmOptions } from '@gemm-preflight/types';
import { many } from './figure.js';

/** Into how many parts something is cut, the last of which may stick out. */
export interface Parts {
  readonly count: number;
  readonly whole: boolean;
}

/** The parts of a tile: what the epilogue writes at a time, and the instructions that fill it. */
export interface TileParts {
  readonly epilogues: Parts;
  readonly perEpilogue: Parts;
  readonly mmas: Parts;
  readonly steps: Parts;
}

/** Whether all sizes of a tile and its parts are some. */
export function hasTileParts(o: BatchedGemmOptions): boolean {
  const sides = [o.tileM, o.tileN, o.tileK, o.epilogueTileM, o.epilogueTileN, o.mmaM, o.mmaN, o.mmaK];
  return sides.every((side) => side >= 1);
}

/** The parts of a configuration's tile. */
export function tileParts(o: BatchedGemmOptions): TileParts {
  return {
    epilogues: partsOf([o.tileM, o.epilogueTileM], [o.tileN, o.epilogueTileN]),
    perEpilogue: partsOf([o.epilogueTileM, o.mmaM], [o.epilogueTileN, o.mmaN]),
    mmas: partsOf([o.tileM, o.mmaM], [o.tileN, o.mmaN]),
    steps: partsOf([o.tileK, o.mmaK]),
  };
}

function partsOf(...sides: readonly (readonly [whole: number, part: number])[]): Parts {
  return {
    count: sides.reduce((product, [whole, part]) => product * Math.ceil(whole / part), 1),
    whole: sides.every(([whole, part]) => whole % part === 0),
  };
}

/** The parts in words: `4 steps`, or `5 steps, not all of them full`. */
export function partsInWords({ count, whole }: Parts, what: string): string {
  const rest = count === 1 ? ', not full' : ', not all of them full';
  return `${many(count, what)}${whole ? '' : rest}`;
}
