import { dtypeBits } from '../../dtype.js';
import { isIntegerMma, type MmaType, maxMmaN, mmaTypesOf } from '../../mma.js';
import type { BatchedGemmOptions } from '../../options.js';
import type { Target } from '../../target.js';
import type { ExplanationsOf } from '../explanation.js';
import { type RuleContext, type RuleDescription, ruleOfDevice as rule } from '../rule.js';

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

/** Columns come in steps of 8; of integers, from 32 on in steps of 16. */
const stepOfN = (type: MmaType | undefined, n: number) =>
  type !== undefined && isIntegerMma(type) && n > 32 ? 16 : 8;

type Mma = 'mmaM' | 'mmaN' | 'mmaK';

/** What of an instruction's shape does not exist, each in words with the nearest that does. */
type ShapeFault = readonly [field: Mma, demand: string, nearest: number];

/** What is wrong of these faults. */
const present = (faults: readonly (ShapeFault | false)[]) => faults.filter((fault) => fault !== false);

function faultsOfNk(o: BatchedGemmOptions, type: MmaType | undefined): readonly ShapeFault[] {
  const step = stepOfN(type, o.mmaN);
  const nearest = Math.max(step, Math.min(maxMmaN, o.mmaN - (o.mmaN % step)));
  return present([
    nearest !== o.mmaN && ['mmaN', `a multiple of ${step} up to ${maxMmaN} columns`, nearest],
    type !== undefined && type.k !== o.mmaK && ['mmaK', `${type.k} elements of k for ${o.dtypeElt}`, type.k],
  ]);
}

function wgmmaFaults({ options: o, target }: RuleContext): readonly ShapeFault[] {
  return present([
    o.mmaM % 64 !== 0 && ['mmaM', '64 rows for each warpgroup', o.mmaM < 128 ? 64 : 128],
    ...faultsOfNk(o, typeOf(o, target)),
  ]);
}

function tcgen05Faults({ options: o, target }: RuleContext): readonly ShapeFault[] {
  const fourBits = dtypeBits(o.dtypeElt) === 4;
  const pair = o.clusterDimX % 2 === 0;
  const oddPair = o.mmaM === 256 && pair && o.mmaN % 16 === 8 && o.mmaN < maxMmaN;
  const fits = o.mmaM === 128 || (o.mmaM === 64 && !fourBits) || (o.mmaM === 256 && pair);
  return present([
    !fits && [
      'mmaM',
      `${fourBits ? '' : '64 or '}128 rows${pair ? ', or 256 with two CTAs' : ''}`,
      o.mmaM < 128 && !fourBits ? 64 : 128,
    ],
    oddPair && ['mmaN', 'a multiple of 16 columns with two CTAs', o.mmaN + 8],
    ...faultsOfNk(o, typeOf(o, target)),
  ]);
}

function shapeRule<const Name extends string>(
  name: Name,
  instruction: string,
  faultsOf: (context: RuleContext) => readonly ShapeFault[],
): RuleDescription<Name> {
  return rule(name, 'error', {
    fields: ['mmaM', 'mmaN', 'mmaK', 'dtypeElt', 'clusterDimX'],
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

/** Tensor-core instructions that exist. */
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
  shapeRule('wgmma-shape', 'wgmma', wgmmaFaults),
  shapeRule('tcgen05-shape', 'tcgen05.mma', tcgen05Faults),
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
      'tcgen05.mma reads k 8 of tf32, 16 of 16-bit, 32 of 8- and 6-bit, 64 of block-scaled 4-bit types; two CTAs compute 256 rows in steps of 16 columns, and N of integers goes in steps of 16 from 32 on.',
    source: 'PTX ISA, tcgen05.mma: matrix shapes',
  },
};
