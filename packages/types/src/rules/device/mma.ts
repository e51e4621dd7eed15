import { dtypeBits } from '../../dtype.js';
import { isIntegerMma, type MmaType, maxMmaN, mmaTypesOf } from '../../mma.js';
import type { BatchedGemmOptions, OptionName } from '../../options.js';
import { isBlackwell, type Target } from '../../target.js';
import type { ExplanationsOf } from '../explanation.js';
import { type RuleContext, type RuleDescription, roundUpTo, ruleOfDevice as rule } from '../rule.js';

const typeOf = (o: BatchedGemmOptions, target: Target): MmaType | undefined =>
  mmaTypesOf(target).find(({ dtype }) => dtype === o.dtypeElt);

/** Whether the rule set has refused the inputs' type: as FP4 on Hopper, or for DeepSeek scales. */
function refusedBefore(o: BatchedGemmOptions, { smVersion }: Target): boolean {
  return (o.dtypeElt === 'E2m1' && smVersion < 100) || (o.useDeepSeekFp8 && o.dtypeElt !== 'E4m3');
}

/** Whether nothing is wrong with the inputs' type so far, so that what depends on it can be judged. */
export function takesElements(o: BatchedGemmOptions, target: Target): boolean {
  return typeOf(o, target) !== undefined && !refusedBefore(o, target);
}

/** The type that has a say in an instruction's shape: none where something is wrong with it itself. */
const shapingType = (o: BatchedGemmOptions, target: Target) =>
  refusedBefore(o, target) ? undefined : typeOf(o, target);

/** Columns come in steps of 8, and of two CTAs in steps of 16; of integers in steps of 16 from 32 on, and of two CTAs 32. */
function stepOfN(type: MmaType | undefined, n: number, pair: boolean): number {
  const integers = type !== undefined && isIntegerMma(type);
  if (pair) return integers ? 32 : 16;
  return integers && n > 32 ? 16 : 8;
}

type Mma = 'mmaM' | 'mmaN' | 'mmaK';

/** What of an instruction's shape does not exist, each in words with the nearest that does. */
type ShapeFault = readonly [field: Mma, demand: string, nearest: number];

/** What is wrong of these faults; a size that is none has been refused as such. */
const present = (o: BatchedGemmOptions, faults: readonly (ShapeFault | false)[]) =>
  faults.filter((fault) => fault !== false).filter(([field]) => o[field] > 0);

function faultsOfNk(
  o: BatchedGemmOptions,
  type: MmaType | undefined,
  pair = false,
): readonly (ShapeFault | false)[] {
  const step = stepOfN(type, o.mmaN, pair);
  const nearest = Math.max(step, Math.min(maxMmaN, o.mmaN - (o.mmaN % step)));
  const columns = `a multiple of ${step} up to ${maxMmaN} columns${pair ? ' with two CTAs' : ''}`;
  return [
    nearest !== o.mmaN && ['mmaN', columns, nearest],
    type !== undefined && type.k !== o.mmaK && ['mmaK', `${type.k} elements of k for ${o.dtypeElt}`, type.k],
  ];
}

function wgmmaFaults({ options: o, target }: RuleContext): readonly ShapeFault[] {
  return present(o, [
    o.mmaM % 64 !== 0 && ['mmaM', '64 rows for each warpgroup', o.mmaM < 128 ? 64 : 128],
    ...faultsOfNk(o, shapingType(o, target)),
  ]);
}

function tcgen05Faults({ options: o, target }: RuleContext): readonly ShapeFault[] {
  const type = shapingType(o, target);
  const fourBits = type !== undefined && dtypeBits(type.dtype) === 4;
  // Of a cluster that is no size nothing is known.
  const even = o.clusterDimX % 2 === 0 || o.clusterDimX < 1;
  const fits = o.mmaM === 128 || (o.mmaM === 64 && !fourBits) || (o.mmaM === 256 && even);
  return present(o, [
    !fits && [
      'mmaM',
      `${fourBits ? '' : '64 or '}128 rows${even ? ', or 256 with two CTAs' : ''}`,
      o.mmaM < 128 && !fourBits ? 64 : 128,
    ],
    ...faultsOfNk(o, type, o.mmaM === 256 && even && o.clusterDimX > 0),
  ]);
}

/** The dimensions whose tile is no whole number of instructions, where those exist and are no larger than the tile. */
function brokenTiles(context: RuleContext): readonly ('M' | 'N')[] {
  const { options: o, target } = context;
  const faults = (isBlackwell(target) ? tcgen05Faults : wgmmaFaults)(context).map(([field]) => field);
  return (['M', 'N'] as const).filter((dimension) => {
    const [mma, tile] = [o[`mma${dimension}`], o[`tile${dimension}`]];
    return mma > 0 && mma < tile && tile % mma !== 0 && !faults.includes(`mma${dimension}`);
  });
}

function shapeRule<const Name extends string>(
  name: Name,
  instruction: string,
  fields: readonly OptionName[],
  faultsOf: (context: RuleContext) => readonly ShapeFault[],
): RuleDescription<Name> {
  return rule(name, 'error', {
    fields,
    message: (context) => {
      const { mmaM, mmaN, mmaK } = context.options;
      const faults = faultsOf(context).map(
        ([field, demand]) => `${field} ${context.options[field]} must be ${demand}`,
      );
      return `no ${instruction} computes ${mmaM}×${mmaN}×${mmaK}: ${faults.join(', ')}`;
    },
    fixes: (context) => [Object.fromEntries(faultsOf(context).map(([field, , nearest]) => [field, nearest]))],
    culprits: (context) => faultsOf(context).map(([field]) => field),
  });
}

const shapeFields: readonly OptionName[] = ['mmaM', 'mmaN', 'mmaK', 'dtypeElt', 'useDeepSeekFp8'];

/** Tensor-core instructions that exist, and compute whole tiles. */
export const mmaDeviceRules = [
  rule('mma-dtype', 'error', {
    fields: ['dtypeElt', 'dtypeAcc', 'useDeepSeekFp8'],
    message: ({ options: o, target }) => {
      const type = typeOf(o, target);
      const on = `the tensor cores of ${target.name} (sm${target.smVersion})`;
      return type === undefined
        ? `${on} take no ${o.dtypeElt}; they take ${mmaTypesOf(target)
            .map(({ dtype }) => dtype)
            .join(', ')}`
        : `${on} accumulate products of ${o.dtypeElt} in ${type.accumulators.join(' or ')}, and dtypeAcc is ${o.dtypeAcc}`;
    },
    fixes: ({ options: o, target }) => {
      const type = typeOf(o, target);
      return type === undefined ? [] : [{ dtypeAcc: type.accumulators[0] }];
    },
    culprits: ({ options: o, target }) => [typeOf(o, target) === undefined ? 'dtypeElt' : 'dtypeAcc'],
  }),
  shapeRule('wgmma-shape', 'wgmma', shapeFields, wgmmaFaults),
  shapeRule('tcgen05-shape', 'tcgen05.mma', [...shapeFields, 'clusterDimX'], tcgen05Faults),
  rule('mma-divides-tile', 'error', {
    fields: [
      'mmaM',
      'mmaN',
      'tileM',
      'tileN',
      'dtypeElt',
      'useDeepSeekFp8',
      'transposeMmaOutput',
      'clusterDimX',
    ],
    message: (context) => {
      const { options: o } = context;
      const broken = brokenTiles(context).map(
        (of) => `tile${of} ${o[`tile${of}`]} is no multiple of mma${of} ${o[`mma${of}`]}`,
      );
      return `instructions compute whole tiles, and ${broken.join(', ')}`;
    },
    fixes: (context) => {
      const { options: o } = context;
      const smaller = [128, 64, 32, 16, 8].find((size) => size < o.mmaN && o.tileN % size === 0);
      const tiles = brokenTiles(context).map((of) => [`tile${of}`, roundUpTo(o[`tile${of}`], o[`mma${of}`])]);
      return [{ mmaN: smaller ?? o.mmaN }, Object.fromEntries(tiles)];
    },
    culprits: (context) => brokenTiles(context).flatMap((of) => [`mma${of}`, `tile${of}`] as const),
  }),
] as const;

export const mmaDeviceExplanations: ExplanationsOf<typeof mmaDeviceRules> = {
  'mma-dtype': {
    summary: 'A tensor-core instruction of the GPU multiplies the inputs’ type, and accumulates in dtypeAcc.',
    reason:
      'The tensor cores have instructions for these types alone. E2m1 on Hopper is the rule fp4-needs-blackwell.',
    source: 'PTX ISA, wgmma.mma_async: data types; tcgen05.mma: kinds',
  },
  'wgmma-shape': {
    summary:
      'On Hopper an instruction has 64 rows a warpgroup, 8 to 256 columns in steps of 8, and 256 bits of k.',
    reason:
      'wgmma has the shapes m64nNk8 of tf32, k16 of 16-bit and k32 of 8-bit types; N of integers goes in steps of 16 from 32 on. An mmaM of 128 is two warpgroups’ instructions side by side.',
    source: 'PTX ISA, wgmma.mma_async: matrix shapes',
  },
  'tcgen05-shape': {
    summary:
      'On Blackwell an instruction has 64 or 128 rows (128 for 4-bit types, 256 over two CTAs), 8 to 256 columns in steps of 8, and the k of its kind.',
    reason:
      'tcgen05.mma reads k 8 of tf32, 16 of 16-bit, 32 of 8- and 6-bit, 64 of block-scaled 4-bit types; two CTAs compute 256 rows in steps of 16 columns, of integers 32, and N of one CTA’s integers goes in steps of 16 from 32 on.',
    source: 'PTX ISA, tcgen05.mma: matrix shapes',
  },
  'mma-divides-tile': {
    summary: 'A tile is a whole number of instructions: mmaM divides tileM, and mmaN divides tileN.',
    reason:
      'A CTA computes its tile by instructions of one shape side by side. Where they leave a rest, rows or columns of the tile are computed by none, or one reads past the operands in shared memory. Of an instruction that does not exist, or is larger than the tile, other rules speak.',
    source:
      'PTX ISA, wgmma.mma_async and tcgen05.mma: matrix shapes; every kernel of this family is built so',
  },
};
