import type { Dtype } from './dtype.js';
import type { Target } from './target.js';

/** How tensor cores multiply an element type. */
export interface MmaType {
  readonly dtype: Dtype;
  /** Elements of k that one instruction reads: 256 bits, or 32 where 6-bit elements take a byte each. */
  readonly k: number;
  /** The types that it can accumulate in, the usual one first. */
  readonly accumulators: readonly Dtype[];
  /** Hopper's wgmma takes it. */
  readonly hopper: boolean;
}

const half: readonly Dtype[] = ['Fp32', 'Fp16'];

/**
 * The element types of tensor-core instructions, dense, A and B of one type (PTX ISA, wgmma.mma_async and tcgen05.mma:
 * matrix shapes and data types). Fp32 is read as tf32; the 4-bit types are those of the block-scaled instructions. Blackwell's
 * tcgen05 takes them all, but for integers on sm103.
 */
export const mmaTypes: readonly MmaType[] = [
  { dtype: 'Fp16', k: 16, accumulators: half, hopper: true },
  { dtype: 'Bfloat16', k: 16, accumulators: ['Fp32'], hopper: true },
  { dtype: 'Fp32', k: 8, accumulators: ['Fp32'], hopper: true },
  { dtype: 'E4m3', k: 32, accumulators: half, hopper: true },
  { dtype: 'E5m2', k: 32, accumulators: half, hopper: true },
  { dtype: 'Int8', k: 32, accumulators: ['Int32'], hopper: true },
  { dtype: 'UInt8', k: 32, accumulators: ['Int32'], hopper: true },
  { dtype: 'E2m3', k: 32, accumulators: half, hopper: false },
  { dtype: 'E3m2', k: 32, accumulators: half, hopper: false },
  { dtype: 'E2m1', k: 64, accumulators: ['Fp32'], hopper: false },
  { dtype: 'MxE2m1', k: 64, accumulators: ['Fp32'], hopper: false },
];

/** The compute capability of Blackwell whose tensor cores have no integers (PTX ISA, tcgen05.mma kind::i8). */
export const smWithoutIntegerMma = 103;

/** Columns of one instruction. */
export const maxMmaN = 256;

/** Whether an element type is multiplied as integers. */
export function isIntegerMma({ accumulators }: MmaType): boolean {
  return accumulators.includes('Int32');
}

/** The element types that a GPU's tensor cores take. */
export function mmaTypesOf({ smVersion }: Pick<Target, 'smVersion'>): readonly MmaType[] {
  if (smVersion < 100) return mmaTypes.filter(({ hopper }) => hopper);
  return smVersion === smWithoutIntegerMma ? mmaTypes.filter((type) => !isIntegerMma(type)) : mmaTypes;
}
