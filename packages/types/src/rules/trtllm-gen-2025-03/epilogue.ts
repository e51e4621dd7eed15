import {
  describeChanges,
  hiddenDimension,
  type RuleDescription,
  roundUpTo,
  rulesOf,
  setOption,
  setOptions,
} from '../rule.js';
import { tensorMemory, thisFamily } from './sources.js';

const rule = rulesOf('rule-set');

/** Epilogue tiles, TMA stores and the shuffled layout of A. */
export const epilogueRules = {
  epilogueTileM: rule('epilogue-tile-m', 'adjusted', {
    fields: ['tileM', 'epilogueTileM'],
    rewrites: ['epilogueTileM'],
    summary: 'An epilogueTileM that does not divide tileM becomes tileM.',
    reason: 'The epilogue walks the accumulators in whole steps.',
    source: thisFamily,
    message: ({ options: o, changes }) =>
      `epilogueTileM ${o.epilogueTileM} does not divide tileM ${o.tileM}: ${describeChanges(changes)}`,
  }),
  epilogueTileN: rule('epilogue-tile-n', 'adjusted', {
    fields: ['tileN', 'epilogueTileN'],
    rewrites: ['epilogueTileN'],
    summary: 'An epilogueTileN that does not divide tileN becomes tileN.',
    reason: 'The epilogue walks the accumulators in whole steps.',
    source: thisFamily,
    message: ({ options: o, changes }) =>
      `epilogueTileN ${o.epilogueTileN} does not divide tileN ${o.tileN}: ${describeChanges(changes)}`,
  }),
  hopperEpilogueTile: rule('hopper-epilogue-tile', 'adjusted', {
    fields: ['tileM', 'tileN', 'epilogueTileM', 'epilogueTileN'],
    rewrites: ['epilogueTileM', 'epilogueTileN'],
    summary: 'On Hopper the epilogue tile is the whole tile.',
    reason:
      'wgmma leaves its accumulators in registers, all at hand at once; there is no tensor memory to drain piece by piece.',
    source: 'PTX ISA, wgmma.mma_async, Register Fragments',
    message: ({ changes, target }) =>
      changes.length > 0
        ? `${target.name} keeps accumulators in registers, so the epilogue takes the tile whole: ${describeChanges(changes)}`
        : `${target.name} keeps accumulators in registers, so the epilogue takes the tile whole, as these options do already`,
  }),
  mmaM128EpilogueTile: rule('mma-m-128-epilogue-tile', 'adjusted', {
    fields: ['mmaM', 'tileM', 'epilogueTileM'],
    rewrites: ['epilogueTileM'],
    summary: 'With mmaM 128, epilogueTileM is tileM.',
    reason:
      'A 128-row instruction fills all lanes of tensor memory, and the epilogue’s four warps read them together.',
    source: 'PTX ISA, tcgen05.mma, Data Path Layout Organization (M = 128); tcgen05.ld, Access restrictions',
    message: ({ changes }) => `mmaM 128 fills every lane of tensor memory: ${describeChanges(changes)}`,
  }),
  tmaStoreCoversTile: rule('tma-store-covers-tile', 'error', {
    fields: ['useTmaStore', 'transposeMmaOutput', 'm', 'n', 'tileM', 'tileN'],
    summary: 'With TMA stores, the output’s contiguous dimension is at least one tile.',
    reason: 'The kernels store every tile whole, with one box of its size; they have none for less.',
    source:
      'the kernels of this family; the TMA itself clips a box at the tensor’s end (PTX ISA, Tensors, Tiled Mode)',
    message: ({ options: o }) => {
      const { size, tile } = hiddenDimension(o);
      return `a TMA store writes whole tiles, and ${size} ${o[size]} is smaller than ${tile} ${o[tile]}`;
    },
    fixes: ({ options: o }) => {
      const { size, tile } = hiddenDimension(o);
      return [setOption(o, size, o[tile])];
    },
    culprits: ({ options: o }) => [hiddenDimension(o).size, hiddenDimension(o).tile],
  }),
  tmaStoreDividesHidden: rule('tma-store-divides-hidden', 'error', {
    fields: ['useTmaStore', 'transposeMmaOutput', 'm', 'n', 'tileM', 'tileN'],
    summary: 'With TMA stores, the tile divides the output’s contiguous dimension.',
    reason: 'The kernels store every tile whole; a partial last tile would spill into the next row’s batch.',
    source:
      'the kernels of this family; the TMA itself clips a box at the tensor’s end (PTX ISA, Tensors, Tiled Mode)',
    message: ({ options: o }) => {
      const { size, tile } = hiddenDimension(o);
      return `a TMA store writes whole tiles, and ${size} ${o[size]} is no multiple of ${tile} ${o[tile]}; ${o[size] % o[tile]} are left over`;
    },
    fixes: ({ options: o }) => {
      const { size, tile } = hiddenDimension(o);
      return [setOption(o, size, roundUpTo(o[size], o[tile]))];
    },
    culprits: ({ options: o }) => [hiddenDimension(o).size, hiddenDimension(o).tile],
  }),
  shuffleBlockDividesM: rule('shuffle-block-divides-m', 'error', {
    fields: ['useShuffledMatrixA', 'm', 'epilogueTileM'],
    summary:
      'Shuffled rows of A come in blocks: m is a multiple of 32 when epilogueTileM is a multiple of 128, else of 16.',
    reason:
      'The shuffle permutes rows within a block so that each epilogue thread finds its values side by side.',
    source: thisFamily,
    message: ({ options: o }) => {
      const block = o.epilogueTileM % 128 === 0 ? 32 : 16;
      return `shuffled A comes in blocks of ${block} rows (epilogueTileM ${o.epilogueTileM}), and m ${o.m} leaves ${o.m % block} over`;
    },
    fixes: ({ options: o }) => [
      setOption(o, 'm', roundUpTo(o.m, o.epilogueTileM % 128 === 0 ? 32 : 16)),
      setOption(o, 'useShuffledMatrixA', false),
    ],
  }),
  mmaFitsEpilogueTile: rule('mma-fits-epilogue-tile', 'error', {
    fields: ['mmaM', 'mmaN', 'epilogueTileM', 'epilogueTileN'],
    summary: 'One instruction’s output fits in the epilogue tile.',
    reason: 'The epilogue reads the accumulators of whole instructions.',
    source: thisFamily,
    message: ({ options: o }) =>
      `an instruction of ${o.mmaM}×${o.mmaN} does not fit in the epilogue tile of ${o.epilogueTileM}×${o.epilogueTileN}`,
    fixes: ({ options: o }) => {
      const larger = setOptions(o, {
        ...(o.mmaM > o.epilogueTileM && { epilogueTileM: roundUpTo(o.epilogueTileM, o.mmaM) }),
        ...(o.mmaN > o.epilogueTileN && { epilogueTileN: roundUpTo(o.epilogueTileN, o.mmaN) }),
      });
      // Instructions come with 64 or 128 rows; a narrower one exists for mmaN alone.
      return o.mmaM > o.epilogueTileM ? [larger] : [larger, setOption(o, 'mmaN', o.epilogueTileN)];
    },
  }),
  epilogueTileDividesTile: rule('epilogue-tile-divides-tile', 'error', {
    fields: ['tileM', 'tileN', 'epilogueTileM', 'epilogueTileN'],
    summary: 'The epilogue tile divides the tile.',
    reason:
      'The epilogue walks the accumulators in whole steps. The adjustments of the epilogue tile leave this rule nothing to find.',
    source: thisFamily,
    message: ({ options: o }) =>
      `the epilogue tile ${o.epilogueTileM}×${o.epilogueTileN} does not divide the tile ${o.tileM}×${o.tileN}`,
  }),
  tileMLimit: rule('tile-m-limit', 'error', {
    fields: ['tileM'],
    summary: 'tileM is at most 128.',
    reason:
      'One CTA’s accumulator has 128 rows: the lanes of tensor memory on Blackwell, two warpgroups’ registers on Hopper.',
    source: `${tensorMemory}, and wgmma.mma_async (.m64nNkK, 64 rows to a warpgroup)`,
    message: ({ options: o }) => `tileM ${o.tileM} is above 128, the rows that one CTA can accumulate`,
    fixes: ({ options: o }) => [setOption(o, 'tileM', 128)],
  }),
  shuffleNeedsTransposedOutput: rule('shuffle-needs-transposed-output', 'error', {
    fields: ['useShuffledMatrixA', 'transposeMmaOutput'],
    summary: 'Shuffled A needs transposed output.',
    reason: 'The shuffle orders rows for an epilogue that writes along m.',
    source: thisFamily,
    message: () => 'useShuffledMatrixA orders rows for an output along m, and transposeMmaOutput is off',
    fixes: ({ options: o }) => [
      setOption(o, 'transposeMmaOutput', true),
      setOption(o, 'useShuffledMatrixA', false),
    ],
  }),
} as const satisfies Record<string, RuleDescription>;
