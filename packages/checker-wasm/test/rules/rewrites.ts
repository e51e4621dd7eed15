import type {
  BatchedGemmOptions,
  OptionChange,
  OptionName,
  OptionValue,
  RuleSetName,
  TargetName,
} from '@gemm-preflight/types';
import {
  bf16,
  dsfp8,
  dsmemSplit,
  fp4,
  fp8,
  fp8BatchM,
  gmemSplit,
  oneShot,
  twoShot,
} from '../configurations.js';

type Change = Partial<BatchedGemmOptions>;

/** A rule that rewrites options: where it does, what exactly, and where it has nothing to do. */
export interface Rewrite {
  readonly rule: string;
  readonly when: string;
  /** Default: the first. */
  readonly ruleSet?: RuleSetName;
  readonly of: BatchedGemmOptions;
  readonly given: Change;
  /** Default: a B200. */
  readonly on?: TargetName;
  /** Every change of the rule, in order; undefined where it is not reported at all. */
  readonly changes: readonly OptionChange[] | undefined;
}

const change = (field: OptionName, from: OptionValue, to: OptionValue): OptionChange => ({ field, from, to });

const mma: readonly Rewrite[] = [
  {
    rule: 'e4m3-mma-k',
    when: 'mmaK is not 32',
    of: fp8,
    given: { mmaK: 16 },
    changes: [change('mmaK', 16, 32)],
  },
  {
    rule: 'e4m3-mma-k',
    when: 'tileK is less than the instruction',
    of: fp8,
    given: { mmaK: 16, tileK: 16 },
    changes: [change('mmaK', 16, 32), change('tileK', 16, 32)],
  },
  { rule: 'e4m3-mma-k', when: 'mmaK is 32', of: fp8, given: { mmaK: 32, tileK: 16 }, changes: undefined },
  {
    rule: 'e4m3-mma-k',
    when: 'inputs are not E4m3',
    of: fp8,
    given: { dtypeElt: 'E5m2', mmaK: 16 },
    changes: undefined,
  },
  {
    rule: 'fp4-mma-k',
    when: 'mmaK is not 64',
    of: fp4,
    given: { mmaK: 32 },
    changes: [change('mmaK', 32, 64)],
  },
  {
    rule: 'fp4-mma-k',
    when: 'tileK is no multiple of the instruction',
    of: fp4,
    given: { mmaK: 32, tileK: 65 },
    changes: [change('mmaK', 32, 64), change('tileK', 65, 128)],
  },
  { rule: 'fp4-mma-k', when: 'mmaK is 64', of: fp4, given: { tileK: 65 }, changes: undefined },
  { rule: 'fp4-mma-k', when: 'inputs are not E2m1', of: fp8, given: { mmaK: 32 }, changes: undefined },
  {
    rule: 'fp4-mma-m',
    when: 'mmaM is not 128',
    of: fp4,
    given: { mmaM: 64 },
    changes: [change('mmaM', 64, 128)],
  },
  {
    rule: 'fp4-mma-m',
    when: 'tileM is no multiple of the instruction',
    of: fp4,
    given: { mmaM: 64, tileM: 129 },
    changes: [change('mmaM', 64, 128), change('tileM', 129, 256)],
  },
  { rule: 'fp4-mma-m', when: 'mmaM is 128', of: fp4, given: { mmaM: 128, tileM: 64 }, changes: undefined },
  {
    rule: 'fp4-mma-n',
    when: 'mmaN is no multiple of 64',
    of: fp4,
    given: { mmaN: 65 },
    changes: [change('mmaN', 65, 128)],
  },
  {
    rule: 'fp4-mma-n',
    when: 'tileN is no multiple of 128 either',
    of: fp4,
    given: { mmaN: 8, tileN: 129 },
    changes: [change('mmaN', 8, 64), change('tileN', 129, 256)],
  },
  { rule: 'fp4-mma-n', when: 'mmaN is a multiple of 64', of: fp4, given: { mmaN: 192 }, changes: undefined },
  {
    rule: 'fp4-tile-n',
    when: 'tileN is no multiple of 128',
    of: fp4,
    given: { mmaN: 64, tileN: 64 },
    changes: [change('tileN', 64, 128)],
  },
  {
    rule: 'fp4-tile-n',
    when: 'mmaN is no power of two: their least common multiple',
    of: fp4,
    given: { mmaN: 192, tileN: 192 },
    changes: [change('tileN', 192, 384)],
  },
  {
    rule: 'fp4-tile-n',
    when: 'tileN is a multiple of 128',
    of: fp4,
    given: { mmaN: 192, tileN: 128 },
    changes: undefined,
  },
  {
    rule: 'output-dtype-default',
    when: 'the output type is Void',
    of: fp8,
    given: { dtypeC: 'Void' },
    changes: [change('dtypeC', 'Void', 'E4m3')],
  },
  {
    rule: 'output-dtype-default',
    when: 'the input type is Void as well',
    of: fp8,
    given: { dtypeC: 'Void', dtypeElt: 'Void' },
    changes: undefined,
  },
  { rule: 'output-dtype-default', when: 'there is an output type', of: fp8, given: {}, changes: undefined },
];

const epilogue: readonly Rewrite[] = [
  {
    rule: 'epilogue-tile-m',
    when: 'it does not divide tileM',
    of: fp8,
    given: { epilogueTileM: 96 },
    changes: [change('epilogueTileM', 96, 128)],
  },
  {
    rule: 'epilogue-tile-m',
    when: 'it is larger than tileM',
    of: fp8,
    given: { epilogueTileM: 256 },
    changes: [change('epilogueTileM', 256, 128)],
  },
  {
    rule: 'epilogue-tile-m',
    when: 'it divides tileM',
    of: fp8,
    given: { epilogueTileM: 64 },
    changes: undefined,
  },
  {
    rule: 'epilogue-tile-n',
    when: 'it does not divide tileN',
    of: fp8BatchM,
    given: { epilogueTileN: 96 },
    changes: [change('epilogueTileN', 96, 128)],
  },
  {
    rule: 'epilogue-tile-n',
    when: 'it divides tileN',
    of: fp8BatchM,
    given: { epilogueTileN: 64 },
    changes: undefined,
  },
  {
    rule: 'hopper-epilogue-tile',
    when: 'the epilogue tile is a part of the tile',
    of: fp8BatchM,
    given: {},
    on: 'h100',
    changes: [change('epilogueTileM', 64, 128), change('epilogueTileN', 64, 128)],
  },
  {
    rule: 'hopper-epilogue-tile',
    when: 'the epilogue tile is the tile already',
    of: fp8,
    given: { epilogueTileM: 128 },
    on: 'h200',
    changes: [],
  },
  { rule: 'hopper-epilogue-tile', when: 'on Blackwell', of: fp8, given: {}, on: 'b300', changes: undefined },
  {
    rule: 'mma-m-128-epilogue-tile',
    when: 'epilogueTileM is a part of tileM',
    of: fp8,
    given: { mmaM: 128 },
    changes: [change('epilogueTileM', 64, 128)],
  },
  {
    rule: 'mma-m-128-epilogue-tile',
    when: 'epilogueTileM is tileM',
    of: fp8,
    given: { mmaM: 128, epilogueTileM: 128 },
    changes: undefined,
  },
  { rule: 'mma-m-128-epilogue-tile', when: 'mmaM is 64', of: fp8, given: {}, changes: undefined },
];

const { atol: _, ...bf16NoAtol } = bf16;

const problem: readonly Rewrite[] = [
  {
    rule: 'tolerance-half',
    when: 'no atol is given',
    of: bf16NoAtol,
    given: {},
    changes: [change('atol', undefined, 2e-4)],
  },
  {
    rule: 'tolerance-half',
    when: 'no atol is given, for Fp16 inputs and an all-reduce',
    of: { ...oneShot, ...bf16NoAtol, allReduceAlgo: 'OneShot', dtypeElt: 'Fp16' },
    given: {},
    changes: [change('atol', undefined, 4e-3)],
  },
  {
    rule: 'tolerance-half',
    when: 'an atol is given, were it 0',
    of: bf16,
    given: { atol: 0 },
    changes: undefined,
  },
  { rule: 'tolerance-half', when: 'inputs are not 16-bit floats', of: fp8, given: {}, changes: undefined },
  {
    rule: 'tolerance-dsfp8',
    when: 'no tolerance is given',
    of: dsfp8,
    given: { dtypeC: 'Bfloat16' },
    changes: [change('atol', undefined, 1e-2), change('rtol', undefined, 1e-2)],
  },
  {
    rule: 'tolerance-dsfp8',
    when: 'an atol is given',
    of: dsfp8,
    given: { dtypeC: 'Fp16', atol: 0.5 },
    changes: [change('rtol', undefined, 1e-2)],
  },
  {
    rule: 'tolerance-dsfp8',
    when: 'an rtol is given',
    of: dsfp8,
    given: { dtypeC: 'Fp16', rtol: 0.5 },
    changes: [change('atol', undefined, 1e-2)],
  },
  {
    rule: 'tolerance-dsfp8',
    when: 'tolerance-half has chosen an atol, which it overrules',
    of: { ...dsfp8, dtypeElt: 'Bfloat16', mmaK: 16 },
    given: { dtypeC: 'Bfloat16' },
    changes: [change('atol', 2e-4, 1e-2), change('rtol', undefined, 1e-2)],
  },
  {
    rule: 'tolerance-dsfp8',
    when: 'both are given',
    of: dsfp8,
    given: { dtypeC: 'Bfloat16', atol: 0.5, rtol: 0 },
    changes: undefined,
  },
  { rule: 'tolerance-dsfp8', when: 'the output has 8 bits', of: dsfp8, given: {}, changes: undefined },
  {
    rule: 'tolerance-dsfp8',
    when: 'without DeepSeek scales',
    of: fp8,
    given: { dtypeC: 'Bfloat16' },
    changes: undefined,
  },
  {
    rule: 'split-k-mode',
    when: 'k is in slices, without a cluster',
    of: gmemSplit,
    given: { splitK: 'None' },
    changes: [change('splitK', 'None', 'Gmem')],
  },
  {
    rule: 'split-k-mode',
    when: 'k is in slices, with a cluster',
    of: dsmemSplit,
    given: { splitK: 'Gmem' },
    changes: [change('splitK', 'Gmem', 'Dsmem')],
  },
  {
    rule: 'split-k-mode',
    when: 'k is in one slice',
    of: fp8,
    given: { splitK: 'Dsmem' },
    changes: [change('splitK', 'Dsmem', 'None')],
  },
  { rule: 'split-k-mode', when: 'it is right already: Dsmem', of: dsmemSplit, given: {}, changes: undefined },
  { rule: 'split-k-mode', when: 'it is right already: None', of: twoShot, given: {}, changes: undefined },
  {
    rule: 'split-k-epilogue-tile',
    when: 'the epilogue tile is a part of the tile',
    of: { ...fp8BatchM, numSlicesForSplitK: 2, splitK: 'Gmem' },
    given: {},
    changes: [change('epilogueTileM', 64, 128), change('epilogueTileN', 64, 128)],
  },
  {
    rule: 'split-k-epilogue-tile',
    when: 'the epilogue tile is a part of the tile along n',
    of: { ...fp8BatchM, numSlicesForSplitK: 2, splitK: 'Gmem' },
    given: { epilogueTileM: 128 },
    changes: [change('epilogueTileN', 64, 128)],
  },
  {
    rule: 'split-k-epilogue-tile',
    when: 'the epilogue tile is the tile',
    of: gmemSplit,
    given: {},
    changes: undefined,
  },
  { rule: 'split-k-epilogue-tile', when: 'k is in one slice', of: fp8, given: {}, changes: undefined },
  {
    rule: 'split-k-epilogue-tile',
    when: 'with DeepSeek scales',
    of: dsfp8,
    given: { numSlicesForSplitK: 2, splitK: 'Gmem' },
    changes: undefined,
  },
];

const batched: readonly Rewrite[] = [
  {
    rule: 'batch-sizes-default',
    when: 'batchedN is empty and tokens run along n',
    of: fp8,
    given: { batchedN: [], batchedM: [7], numBatches: 2 },
    changes: [change('batchedN', [], [128, 256])],
  },
  {
    rule: 'batch-sizes-default',
    when: 'batchedM is empty and tokens run along m',
    of: fp8BatchM,
    given: { batchedM: [], batchedN: [7], numBatches: 2 },
    changes: [change('batchedM', [], [128, 256])],
  },
  {
    rule: 'batch-sizes-default',
    when: 'there is one batch, an empty one',
    of: fp8,
    given: { batchedN: [0] },
    changes: undefined,
  },
  {
    rule: 'num-batches',
    when: 'it is not the length of the list',
    of: fp8,
    given: { numBatches: 7 },
    changes: [change('numBatches', 7, 4)],
  },
  {
    rule: 'num-batches',
    when: 'the list took its default',
    of: fp8BatchM,
    given: { batchedM: [], numBatches: 0 },
    changes: [change('numBatches', 0, 2)],
  },
  { rule: 'num-batches', when: 'it is the length of the list', of: fp8, given: {}, changes: undefined },
];

export const rewrites: readonly Rewrite[] = [...mma, ...epilogue, ...problem, ...batched];
