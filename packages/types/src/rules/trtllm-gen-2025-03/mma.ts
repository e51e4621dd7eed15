import type { ExplanationsOf } from '../explanation.js';
import { describeChanges, ruleOfSet as rule } from '../rule.js';
import { thisFamily } from './sources.js';
import { wholeTiles } from './whole-tile-fixes.js';

/** Data types against tensor-core instructions. */
export const mmaRules = [
  rule('fused-activation-unsupported', 'error', {
    fields: ['useFusedAct'],
    message: () => 'useFusedAct is on, and batched kernels have no fused activation',
    fixes: () => [{ useFusedAct: false }],
  }),
  rule('e4m3-mma-k', 'adjusted', {
    fields: ['dtypeElt', 'mmaK', 'tileK'],
    onlyWith: { dtypeElt: 'E4m3' },
    rewrites: ['mmaK', 'tileK'],
    message: ({ changes }) => `an FP8 instruction covers 32 elements of k: ${describeChanges(changes)}`,
  }),
  rule('fp4-needs-blackwell', 'error', {
    fields: ['dtypeElt'],
    message: ({ target }) =>
      `dtypeElt E2m1 needs Blackwell tensor cores, and ${target.name} is sm${target.smVersion}`,
    fixes: () => [{ dtypeElt: 'E4m3' }],
  }),
  rule('fp4-mma-k', 'adjusted', {
    fields: ['dtypeElt', 'mmaK', 'tileK'],
    onlyWith: { dtypeElt: 'E2m1' },
    rewrites: ['mmaK', 'tileK'],
    message: ({ changes }) => `an FP4 instruction covers 64 elements of k: ${describeChanges(changes)}`,
  }),
  rule('fp4-mma-m', 'adjusted', {
    fields: ['dtypeElt', 'mmaM', 'tileM'],
    onlyWith: { dtypeElt: 'E2m1' },
    rewrites: ['mmaM', 'tileM'],
    message: ({ changes }) => `an FP4 instruction has 128 rows: ${describeChanges(changes)}`,
  }),
  rule('fp4-mma-n', 'adjusted', {
    fields: ['dtypeElt', 'mmaN', 'tileN'],
    onlyWith: { dtypeElt: 'E2m1' },
    rewrites: ['mmaN', 'tileN'],
    message: ({ changes }) =>
      `B’s scale factors of an FP4 instruction come in columns of 64: ${describeChanges(changes)}`,
  }),
  rule('fp4-tile-n', 'adjusted', {
    fields: ['dtypeElt', 'tileN', 'mmaN'],
    onlyWith: { dtypeElt: 'E2m1' },
    rewrites: ['tileN'],
    message: ({ changes }) => `FP4 scale factors come in blocks of 128 rows: ${describeChanges(changes)}`,
  }),
  rule('fp4-output-needs-blackwell', 'error', {
    fields: ['dtypeC'],
    message: ({ target }) => `dtypeC E2m1 needs Blackwell, and ${target.name} is sm${target.smVersion}`,
    fixes: () => [{ dtypeC: 'Bfloat16' }],
  }),
  rule('fp4-output-m', 'error', {
    fields: ['dtypeC', 'm', 'tileM'],
    message: ({ options: o }) =>
      `with dtypeC E2m1, m ${o.m} must be a multiple of tileM ${o.tileM}; ${o.m % o.tileM} rows are left over`,
    fixes: ({ options }) => wholeTiles(options, ['m']),
  }),
  rule('fp4-output-n', 'error', {
    fields: ['dtypeC', 'n', 'tileN'],
    message: ({ options: o }) =>
      `with dtypeC E2m1, n ${o.n} must be a multiple of tileN ${o.tileN}; ${o.n % o.tileN} columns are left over`,
    fixes: ({ options }) => wholeTiles(options, ['n']),
  }),
  rule('fp4-output-not-transposed', 'error', {
    fields: ['dtypeC', 'transposeMmaOutput'],
    message: () => 'dtypeC E2m1 cannot be written with transposeMmaOutput',
    fixes: () => [{ dtypeC: 'Bfloat16' }],
  }),
  rule('output-dtype-default', 'note', {
    fields: ['dtypeC', 'dtypeElt'],
    rewrites: ['dtypeC'],
    message: ({ changes }) => `no output type given: ${describeChanges(changes)}`,
  }),
] as const;

export const mmaExplanations: ExplanationsOf<typeof mmaRules> = {
  'fused-activation-unsupported': {
    summary: 'No fused activation in batched kernels.',
    reason: 'The batched epilogue writes what the MMA computed; it has no gate to multiply with.',
    source: thisFamily,
  },
  'e4m3-mma-k': {
    summary: 'E4m3 inputs use mmaK 32, and tileK is at least that.',
    reason: 'An FP8 tensor-core instruction reads 32 bytes of k, which is 32 elements.',
    source: 'PTX ISA, wgmma.mma_async (.m64nNk32) and tcgen05.mma (.kind::f8f6f4), Matrix Shape',
  },
  'fp4-needs-blackwell': {
    summary: 'E2m1 inputs need Blackwell.',
    reason: 'Hopper’s wgmma has no 4-bit operands; block-scaled FP4 came with tcgen05.',
    source: 'PTX ISA, wgmma.mma_async operand types; tcgen05.mma, .kind::mxf4nvf4',
  },
  'fp4-mma-k': {
    summary: 'E2m1 inputs use mmaK 64, and tileK is rounded up to a multiple of it.',
    reason: 'The 4-bit tensor-core instruction reads 32 bytes of k: 64 elements.',
    source: 'PTX ISA, tcgen05.mma (.kind::mxf4nvf4), Matrix Shape',
  },
  'fp4-mma-m': {
    summary: 'E2m1 inputs use mmaM 128, and tileM is rounded up to a multiple of it.',
    reason: 'The block-scaled instruction on one CTA has 128 rows, one for each lane of tensor memory.',
    source: 'PTX ISA, tcgen05.mma (.kind::mxf4nvf4, .cta_group::1), Matrix Shape',
  },
  'fp4-mma-n': {
    summary: 'E2m1 inputs use an mmaN that is a multiple of 64; tileN goes to a multiple of 128 with it.',
    reason: 'So that B’s scale factors of one instruction fill an even number of tensor-memory columns.',
    source:
      'PTX ISA, tcgen05.mma, Block Scaling; that the columns are filled in pairs is the choice of the kernels of this family',
  },
  'fp4-tile-n': {
    summary: 'E2m1 inputs use a tileN that is a multiple of 128 and of mmaN.',
    reason: 'A tile holds whole 512-byte blocks of scale factors, each 128 rows × 4 scales.',
    source: 'PTX ISA, tcgen05.mma, Block Scaling; cuBLAS, 1D Block Scaling Factors Layout',
  },
  'fp4-output-needs-blackwell': {
    summary: 'E2m1 output needs Blackwell.',
    reason: 'Only Blackwell converts to 4-bit floats in the epilogue.',
    source: 'PTX ISA, cvt to .e2m1x2, from sm_100a on',
  },
  'fp4-output-m': {
    summary: 'With E2m1 output, tileM divides m.',
    reason:
      'Output scale factors are written in whole blocks of a tile; a partial tile would write scales of rows that do not exist.',
    source:
      'cuBLAS, 1D Block Scaling Factors Layout, for the blocks; that they are written whole is the choice of the kernels of this family',
  },
  'fp4-output-n': {
    summary: 'With E2m1 output, tileN divides n.',
    reason:
      'Output scale factors are written in whole blocks of a tile; a partial tile would write scales of columns that do not exist.',
    source:
      'cuBLAS, 1D Block Scaling Factors Layout, for the blocks; that they are written whole is the choice of the kernels of this family',
  },
  'fp4-output-not-transposed': {
    summary: 'E2m1 output is not transposed.',
    reason:
      'Two 4-bit values share a byte along the contiguous dimension, which transposing would tear apart.',
    source: thisFamily,
  },
  'output-dtype-default': {
    summary: 'A Void output type becomes the input type.',
    reason: 'Manifests leave the output type open for kernels that keep the type of their inputs.',
    source: thisFamily,
  },
};
