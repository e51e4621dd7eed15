import { dtypeBits } from '../../dtype.js';
import {
  type LaunchMatrix,
  launchMatrices,
  maxTensorMapBox,
  scaleBlockK,
  tensorMapDtypes,
} from '../../launch-matrices.js';
import type { BatchedGemmOptions, OptionName } from '../../options.js';
import { takesElements } from '../device/mma.js';
import type { ExplanationsOf } from '../explanation.js';
import { type RuleContext, roundUpTo, ruleOfLaunch as rule } from '../rule.js';

const canCarry = ({ dtype }: Pick<LaunchMatrix, 'dtype'>) => tensorMapDtypes[dtype] !== undefined;
const bytesOf = (elements: number, { dtype }: LaunchMatrix) => (elements * dtypeBits(dtype)) / 8;

/** A row's bytes, and where they come from. */
const sizeIn = (of: LaunchMatrix, { field, size }: LaunchMatrix['hidden']) =>
  `${bytesOf(size, of)} bytes, ${field} ${size} of ${of.dtype}`;

/** Bytes of a row of boxes that a swizzle spans: one of the three spans, or any number of the widest. */
const spansSwizzle = (bytes: number) => bytes === 32 || bytes === 64 || bytes % 128 === 0;

/** The matrices whose dtype a map carries and nothing is wrong with so far, and that have some fault. */
function faulty(
  { options: o, target }: RuleContext,
  isFaulty: (matrix: LaunchMatrix) => boolean,
): readonly LaunchMatrix[] {
  const isGood = (matrix: LaunchMatrix) =>
    canCarry(matrix) &&
    (matrix.map === 'tmaC' ? o.transposeMmaOutput !== o.batchM && !o.useFusedAct : takesElements(o, target));
  return launchMatrices(o).filter((matrix) => isGood(matrix) && isFaulty(matrix));
}

/** Where a tile leaves a rest, that has been said; so has it of sizes that are none. */
const oddRows = (context: RuleContext) =>
  faulty(
    context,
    (of) =>
      of.hidden.size > 0 &&
      bytesOf(of.hidden.size, of) % 16 !== 0 &&
      of.hidden.size % Math.max(1, of.tile.size) === 0,
  );
/** DeepSeek scales fix tileK by a rule of their own. */
const oddTiles = (context: RuleContext) =>
  faulty(
    context,
    (of) =>
      of.innerTile.size > 0 &&
      !spansSwizzle(bytesOf(of.innerTile.size, of)) &&
      !(of.map !== 'tmaC' && context.options.useDeepSeekFp8),
  );
const wideBoxes = (o: BatchedGemmOptions) =>
  launchMatrices(o).filter(
    ({ rowTile }) => rowTile.size > maxTensorMapBox && ['tileN', 'epilogueTileN'].includes(rowTile.field),
  );

/** The next size whose rows are multiples of 16 bytes, in whole tiles, of k for each slice. */
function wholeRow({ numSlicesForSplitK }: BatchedGemmOptions, of: LaunchMatrix): [OptionName, number] {
  const { field, size } = of.hidden;
  let step = Math.max(1, of.tile.size) * (field === 'k' ? Math.max(1, numSlicesForSplitK) : 1);
  // 16 bytes are a power of two of elements: so is what the step lacks.
  while (bytesOf(step, of) % 16 !== 0) step *= 2;
  return [field, roundUpTo(size, step)];
}

/** What a box has too much of: rows of a tile, or else scales of a stage. */
function wideFields(o: BatchedGemmOptions): readonly OptionName[] {
  const fields = unique(wideBoxes(o).map(({ rowTile }) => rowTile.field));
  return fields.length > 0 ? fields : ['tileK'];
}

/** The fields whose types no map carries; an output of the inputs' type where the inputs' own has been refused is none. */
function uncarried({ options: o, target }: RuleContext): readonly OptionName[] {
  const lacks = (field: 'dtypeElt' | 'dtypeC') => !canCarry({ dtype: o[field] });
  const inputs = lacks('dtypeElt') && takesElements(o, target);
  const output = o.useTmaStore && o.dtypeC !== 'Void' && (inputs || o.dtypeC !== o.dtypeElt);
  return [
    ...(inputs ? (['dtypeElt'] as const) : []),
    ...(output && lacks('dtypeC') ? (['dtypeC'] as const) : []),
  ];
}

const unique = (fields: readonly OptionName[]) => [...new Set(fields)];
/** The options by which a matrix has a map that is judged. */
const mapFields: readonly OptionName[] = [
  'dtypeElt',
  'dtypeC',
  'useTmaStore',
  'transposeMmaOutput',
  'useDeepSeekFp8',
];

/** What `cuTensorMapEncodeTiled` demands of the maps of a launch. */
export const tensorMapRules = [
  rule('tensor-map-dtype', 'error', {
    fields: ['dtypeElt', 'dtypeC', 'useTmaStore', 'useDeepSeekFp8'],
    message: (context) =>
      `these kernels have no tensor map for ${uncarried(context)
        .map((field) => `${field} ${context.options[field]}`)
        .join(', or ')}; theirs carry ${Object.keys(tensorMapDtypes).join(', ')}`,
    fixes: (context) => (uncarried(context).includes('dtypeElt') ? [] : [{ dtypeC: 'Bfloat16' }]),
    culprits: uncarried,
  }),
  rule('tensor-map-extent', 'error', {
    fields: ['batchM', 'm', 'n', 'numBatches'],
    message: ({ options: o }) => {
      const [map, field] = o.batchM ? (['tmaB', 'n'] as const) : (['tmaA', 'm'] as const);
      return `${map} would have ${o[field] * o.numBatches} rows, ${field} ${o[field]} of each of ${o.numBatches} batches, where a tensor map’s dimensions end at 2^32`;
    },
    culprits: ({ options: o }) => [o.batchM ? 'n' : 'm', 'numBatches'],
  }),
  rule('tensor-map-stride', 'error', {
    fields: ['batchM', 'k', 'tileK', 'm', 'n', 'tileM', 'tileN', 'useFusedAct', ...mapFields],
    message: (context) =>
      oddRows(context)
        .slice(0, 1)
        .map((of) => `${of.map} has rows of ${sizeIn(of, of.hidden)}, where the TMA steps in multiples of 16`)
        .join(),
    fixes: (context) => [Object.fromEntries(oddRows(context).map((of) => wholeRow(context.options, of)))],
    culprits: (context) => unique(oddRows(context).map(({ hidden }) => hidden.field)),
  }),
  rule('tensor-map-box', 'error', {
    fields: ['batchM', 'routeAct', 'tileN', 'epilogueTileN', 'tileK', ...mapFields],
    message: ({ options: o }) => {
      const [of] = wideBoxes(o);
      return of === undefined
        ? `a stage of tileK ${o.tileK} takes ${Math.ceil(o.tileK / scaleBlockK)} blocks of FP4 scales, and a box of tmaSfA has at most ${maxTensorMapBox}`
        : `${of.map} has a box of ${of.rowTile.field} ${of.rowTile.size} rows, where one copy moves at most ${maxTensorMapBox} along each dimension`;
    },
    fixes: ({ options: o }) => [
      Object.fromEntries(
        wideFields(o).map((field) => [field, (field === 'tileK' ? scaleBlockK : 1) * maxTensorMapBox]),
      ),
    ],
    culprits: ({ options: o }) => wideFields(o),
  }),
  rule('tensor-map-swizzle', 'error', {
    fields: ['batchM', 'tileK', 'epilogueTileM', 'epilogueTileN', 'useFusedAct', ...mapFields],
    message: (context) =>
      oddTiles(context)
        .slice(0, 1)
        .map(
          (of) =>
            `${of.map} has tile rows of ${sizeIn(of, of.innerTile)}, where a swizzle spans 32, 64 or 128 bytes`,
        )
        .join(),
    fixes: (context) => {
      const values = oddTiles(context).flatMap((of): [OptionName, number][] => {
        const elements = (bytes: number) => (bytes * 8) / dtypeBits(of.dtype);
        const { innerTile, tile } = of;
        const step = [32, 64].map(elements).find((span) => innerTile.size < span) ?? elements(128);
        const inner = roundUpTo(innerTile.size, step);
        // An epilogue's tile that does not divide the tile would be adjusted; with DeepSeek's scales it divides half of it.
        const parts = of.map === 'tmaC' && context.options.useDeepSeekFp8 ? 2 : 1;
        return [
          [tile.field, roundUpTo(tile.size, parts * inner)],
          [innerTile.field, inner],
        ];
      });
      return [Object.fromEntries(values)];
    },
    culprits: (context) => unique(oddTiles(context).map(({ innerTile }) => innerTile.field)),
  }),
] as const;

export const tensorMapExplanations: ExplanationsOf<typeof tensorMapRules> = {
  'tensor-map-dtype': {
    summary: 'The kernels’ tensor maps carry the types of inputs and output.',
    reason:
      'The launcher of this family makes maps of UINT8 for E4m3, FLOAT16, BFLOAT16, FLOAT32, and 16U4_ALIGN8B for E2m1. The driver has more types, such as INT32, and could carry any byte as UINT8; no kernel of the family is built for those.',
    source:
      'the tensor maps of the kernels of this family; CUDA Driver API, cuTensorMapEncodeTiled: tensorDataType',
  },
  'tensor-map-extent': {
    summary: 'The weights of all batches have at most 2^32 rows.',
    reason: 'One tensor map describes the weights of all batches, and an extent of it is 1 to 2^32.',
    source: 'CUDA Driver API, cuTensorMapEncodeTiled: globalDim',
  },
  'tensor-map-stride': {
    summary: 'Rows of the inputs and of the output are multiples of 16 bytes.',
    reason:
      'A stride of a tensor map is a multiple of 16 bytes below 2^40; no 32-bit size reaches the upper end.',
    source: 'CUDA Driver API, cuTensorMapEncodeTiled: globalStrides',
  },
  'tensor-map-box': {
    summary: 'A tile has at most 256 rows, and at most 256 blocks of FP4 scales.',
    reason:
      'One copy moves 1 to 256 elements along each dimension. Along m the rule tile-m-limit is stricter.',
    source: 'CUDA Driver API, cuTensorMapEncodeTiled: boxDim',
  },
  'tensor-map-swizzle': {
    summary: 'Rows of a tile are 32 or 64 bytes, or a multiple of 128.',
    reason:
      'The kernels read swizzled tiles: a box is as wide as its swizzle spans, 32, 64 or 128 bytes, and a wider tile is boxes of 128.',
    source: 'CUDA Driver API, cuTensorMapEncodeTiled: swizzle, boxDim',
  },
};
