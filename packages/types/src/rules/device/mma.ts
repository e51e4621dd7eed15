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

/** Columns come in steps of 8, and of two CTAs in steps of 16; of integers in steps of 16 from 32 on, and of two CTAs 32. */
function stepOfN(type: MmaType | undefined, n: number, pair: boolean): number {
  const integers = type !== undefined && isIntegerMma(type);
  if (pair) return integers ? 32 : 16;
  return integers && n > 32 ? 16 : 8;
}

/** What of an instruction's shape does not exist, each in words with the nearest that does. */
type ShapeFault = readonly [field: 'mmaM' | 'mmaN' | 'mmaK', demand: string, nearest: number];

/** What is wrong with the shape on this target, beside sizes that are none. */
function shapeFaults({ options: o, target }: RuleContext): readonly ShapeFault[] {
  // Where something is wrong with the type itself, it has no say.
  const type = refusedBefore(o, target) ? undefined : typeOf(o, target);
  const fourBits = type !== undefined && dtypeBits(type.dtype) === 4;
  const blackwell = isBlackwell(target);
  const even = o.clusterDimX > 0 && o.clusterDimX % 2 === 0;
  const pair = blackwell && even && o.mmaM === 256;
  const rows = o.mmaM === 128 || (o.mmaM === 64 && !fourBits) || pair;
  const rowsDemand = blackwell
    ? `${fourBits ? '' : '64 or '}128 rows${even ? ', or 256 with two CTAs' : ''}`
    : '64 rows for each warpgroup';
  const step = stepOfN(type, o.mmaN, pair);
  const columns = Math.max(step, Math.min(maxMmaN, o.mmaN - (o.mmaN % step)));
  const columnsDemand = `a multiple of ${step} up to ${maxMmaN} columns${pair ? ' with two CTAs' : ''}`;
  const depth = type?.k ?? o.mmaK;
  const faults: readonly (ShapeFault | false)[] = [
    !(blackwell ? rows : o.mmaM % 64 === 0) && ['mmaM', rowsDemand, o.mmaM < 128 && !fourBits ? 64 : 128],
    columns !== o.mmaN && ['mmaN', columnsDemand, columns],
    depth !== o.mmaK && ['mmaK', `${depth} elements of k for ${o.dtypeElt}`, depth],
  ];
  return faults.filter((fault) => fault !== false).filter(([field]) => o[field] > 0);
}

/** The dimensions whose tile is no whole number of instructions, where those exist and are no larger than the tile. */
function brokenTiles(context: RuleContext): readonly ('M' | 'N')[] {
  const { options: o } = context;
  const faults = shapeFaults(context).map(([field]) => field);
  return (['M', 'N'] as const).filter((dimension) => {
    const [mma, tile] = [o[`mma${dimension}`], o[`tile${dimension}`]];
    return mma > 0 && mma < tile && tile % mma !== 0 && !faults.includes(`mma${dimension}`);
  });
}

function shapeRule<const Name extends string>(
  name: Name,
  instruction: string,
  fields: readonly OptionName[],
): RuleDescription<Name> {
  return rule(name, 'error', {
    fields,
    message: (context) => {
      const { mmaM, mmaN, mmaK } = context.options;
      const faults = shapeFaults(context).map(
        ([field, demand]) => `${field} ${context.options[field]} must be ${demand}`,
      );
      return `no ${instruction} computes ${mmaM}×${mmaN}×${mmaK}: ${faults.join(', ')}`;
    },
    fixes: (context) => [
      Object.fromEntries(shapeFaults(context).map(([field, , nearest]) => [field, nearest])),
    ],
    culprits: (context) => shapeFaults(context).map(([field]) => field),
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
  shapeRule('wgmma-shape', 'wgmma', shapeFields),
  shapeRule('tcgen05-shape', 'tcgen05.mma', [...shapeFields, 'clusterDimX']),
  rule('mma-divides-tile', 'error', {
    fields: [
      'mmaM',
      'mmaN',
      'dtypeElt',
      'useDeepSeekFp8',
      'clusterDimX',
      'tileM',
      'tileN',
      'transposeMmaOutput',
    ],
    message: (context) => {
      const { options: o } = context;
      return brokenTiles(context)
        .map((of) => `tile${of} ${o[`tile${of}`]} is no multiple of mma${of} ${o[`mma${of}`]}`)
        .join(', ');
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
