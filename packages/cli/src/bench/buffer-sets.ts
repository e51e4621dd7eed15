import type { Context, DeviceBuffer } from '@gemm-preflight/launcher-native';
import type { BufferName, LaunchPlan } from '@gemm-preflight/types';
import { bytes as inWords } from '../formats/pretty/numbers.js';
import { bytesOf, type CodedDtype, codesOf, isCoded } from '../run/codes.js';
import { fillCodes, type RandomBits } from '../run/random-source.js';
import { exitCodes, UserError } from '../user-error.js';

/** The buffers of a launch. */
export type BufferSet = Readonly<Partial<Record<BufferName, DeviceBuffer>>>;

/** All sets together hold more than this, so that no launch finds its operands in the L2 cache: H100s have 50 MB of it, B200s 126. */
const rotatedBytes = 512 * 2 ** 20;
const mostSets = 128;
/** Of the device memory that is free. */
const usedShare = 0.8;
/** Random bytes that buffers are filled from. */
const poolBytes = 8 * 2 ** 20;

/** Sets of buffers that all kernels of one problem can be launched with, filled with random inputs. */
export class BufferSets implements Disposable {
  readonly sets: readonly BufferSet[];

  private constructor(sets: readonly BufferSet[]) {
    this.sets = sets;
  }

  /**
   * Allocates as many sets as rotating through them takes, and as fit.
   * @param plans of the kernels: each buffer is as large as the largest of them wants it
   * @throws {UserError} when not even one set fits
   */
  static allocate(
    context: Context,
    plans: readonly LaunchPlan[],
    random: RandomBits,
    { cold }: { readonly cold: boolean },
  ): BufferSets {
    const sizes = sizesOf(plans);
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const { freeBytes } = context.memoryInfo();
    const fitting = Math.floor((freeBytes * usedShare) / bytes);
    if (fitting === 0) {
      throw new UserError(
        `the problem takes ${inWords(bytes)} of device memory, and ${inWords(freeBytes)} are free`,
        exitCodes.findings,
      );
    }
    const wanted = cold ? Math.max(2, Math.ceil(rotatedBytes / bytes)) : 1;
    const sets: BufferSet[] = [];
    const result = new BufferSets(sets);
    try {
      for (let i = 0; i < Math.min(wanted, fitting, mostSets); i++) {
        const set: Partial<Record<BufferName, DeviceBuffer>> = {};
        sets.push(set);
        for (const [name, size] of sizes) set[name] = context.allocate(size);
        const [first] = sets;
        if (i === 0) fill(set, plans, random);
        else for (const name of sizes.keys()) copy(first?.[name], set[name]);
      }
      return result;
    } catch (error) {
      result[Symbol.dispose]();
      throw error;
    }
  }

  /** The buffers of one set that a plan uses. */
  of(plan: LaunchPlan, index: number): BufferSet {
    const set = this.sets[index % this.sets.length] ?? {};
    return Object.fromEntries(plan.buffers.map(({ buffer }) => [buffer, set[buffer]])) as BufferSet;
  }

  [Symbol.dispose](): void {
    for (const set of this.sets) for (const buffer of Object.values(set)) buffer.release();
  }
}

function sizesOf(plans: readonly LaunchPlan[]): Map<BufferName, number> {
  const sizes = new Map<BufferName, number>();
  for (const { buffer, bytes } of plans.flatMap(({ buffers }) => buffers)) {
    sizes.set(buffer, Math.max(bytes, sizes.get(buffer) ?? 0));
  }
  return sizes;
}

function copy(from: DeviceBuffer | undefined, to: DeviceBuffer | undefined): void {
  if (from !== undefined) to?.copyFromDevice(from);
}

/** Fills what a launch reads. Padding is random too: times do not depend on it. */
function fill(set: BufferSet, [plan]: readonly LaunchPlan[], random: RandomBits): void {
  if (plan === undefined) return;
  const { dtypeElt, numTokens, k, useDeepSeekFp8 } = plan.options;
  if (!isCoded(dtypeElt)) throw new RangeError(`no data is drawn for ${dtypeElt}`);
  const elements = elementPool(dtypeElt, random);
  const floats = scalePool(1 / Math.sqrt(k), random);
  for (const [name, buffer] of Object.entries(set) as [BufferName, DeviceBuffer][]) {
    if (name === 'a' || name === 'b' || name === 'tokens') fillFrom(buffer, elements);
    else if (name === 'routeMap')
      fillFrom(buffer, bytesOf(routePool(buffer.byteLength / 4, numTokens, random)));
    else if (name === 'scaleC') buffer.copyFrom(Float32Array.of(1 / Math.sqrt(k)));
    else if (useDeepSeekFp8 && name.startsWith('dqSfs')) fillFrom(buffer, floats);
  }
}

function elementPool(dtype: CodedDtype, random: RandomBits): Uint8Array {
  const codes = codesOf(dtype, dtype === 'E4m3' ? poolBytes : poolBytes / 2);
  fillCodes(dtype, codes, random);
  return bytesOf(codes);
}

/** Scales around one that keeps outputs near 1 whatever k is: both operands have some. */
function scalePool(outputScale: number, random: RandomBits): Uint8Array {
  const middle = Math.sqrt(outputScale);
  return bytesOf(Float32Array.from({ length: 1 << 16 }, () => middle * (0.5 + random.next() / 2 ** 32)));
}

function routePool(length: number, numTokens: number, random: RandomBits): Int32Array {
  return Int32Array.from({ length }, () => random.next() % Math.max(1, numTokens));
}

function fillFrom(buffer: DeviceBuffer, pool: Uint8Array): void {
  for (let at = 0; at < buffer.byteLength; at += pool.length) {
    buffer.copyFrom(pool.subarray(0, Math.min(pool.length, buffer.byteLength - at)), { offset: at });
  }
}
