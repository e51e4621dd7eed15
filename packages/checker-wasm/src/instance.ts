import {
  hasKernelInstructions,
  type KernelFacts,
  kernelRecord,
  optionRecordBytes,
  optionRecordSlots,
  paramsBytes,
  smVersionOf,
  type Target,
  targetRecord,
} from '@gemm-preflight/types';
import { isInt32 } from './int32.js';

/** What checker.wasm exports. Addresses are bytes in its memory. */
export interface CheckerExports {
  readonly memory: WebAssembly.Memory;
  readonly OPTIONS: WebAssembly.Global;
  readonly TARGET: WebAssembly.Global;
  readonly KERNEL: WebAssembly.Global;
  readonly RESULT: WebAssembly.Global;
  readonly SEARCH: WebAssembly.Global;
  readonly HEAP: WebAssembly.Global;
  setListPool(address: number, length: number): number;
  check(settings: number): number;
  checkMany(records: number, count: number, verdicts: number, settings: number): number;
  search(
    begin: number,
    end: number,
    budget: number,
    found: number,
    capacity: number,
    counts: number,
    settings: number,
  ): number;
}

/** The slot of the kernel record that says whether there is one. */
const givenFlag = kernelRecord.indexOf('given');

/** Entries at the start of the list pool that belong to the module. */
export const poolReserve = 2;

const pageBytes = 65_536;

/** Room for the given record, in front of the list pool, whose address stays a multiple of 16. */
const givenBytes = Math.ceil(optionRecordBytes / 16) * 16;

/** An instance of checker.wasm with views of its fixed records. Views are renewed when its memory grows. */
export class CheckerInstance {
  /** What the module exports: functions, too, that only some need. */
  readonly exports: CheckerExports;
  readonly #poolAt: number;
  readonly #targetAt: number;
  readonly #kernelAt: number;
  #poolLength = 0;
  #target: Target | undefined;

  /** The whole memory as 32-bit integers, and as floats of both sizes. */
  i32: Int32Array;
  f32: Float32Array;
  f64: Float64Array;

  // First slots, in `i32`.
  /** The option record, which a check adjusts. */
  readonly optionsSlot: number;
  /** The record of what was given, which checks leave alone. */
  readonly givenSlot: number;
  readonly resultSlot: number;
  readonly poolSlot: number;

  constructor(instance: WebAssembly.Instance) {
    this.exports = instance.exports as unknown as CheckerExports;
    const heap = Number(this.exports.HEAP.value);
    this.#poolAt = heap + givenBytes;
    this.#targetAt = Number(this.exports.TARGET.value);
    this.#kernelAt = Number(this.exports.KERNEL.value);
    this.optionsSlot = Number(this.exports.OPTIONS.value) >> 2;
    this.givenSlot = heap >> 2;
    this.resultSlot = Number(this.exports.RESULT.value) >> 2;
    this.poolSlot = this.#poolAt >> 2;
    const { buffer } = this.exports.memory;
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.reserve(1024, 0);
  }

  /** First byte behind the list pool: packed records start here. */
  get recordsAt(): number {
    return this.#poolAt + this.#poolLength * 4;
  }

  /** Makes room for a list pool of so many integers and for so many bytes behind it. */
  reserve(poolLength: number, bytesBehind: number): void {
    // An even length keeps what follows aligned to 8 bytes.
    const length = Math.max(this.#poolLength, poolLength + poolReserve + (poolLength & 1));
    if (length === this.#poolLength && bytesBehind === 0) return;
    const needed = this.#poolAt + length * 4 + bytesBehind;
    const { memory } = this.exports;
    if (needed > memory.buffer.byteLength) {
      memory.grow(Math.ceil((needed - memory.buffer.byteLength) / pageBytes));
      this.i32 = new Int32Array(memory.buffer);
      this.f32 = new Float32Array(memory.buffer);
      this.f64 = new Float64Array(memory.buffer);
    }
    if (length === this.#poolLength) return;
    this.#poolLength = length;
    if (this.exports.setListPool(this.#poolAt, length) === 0)
      throw new Error('the list pool does not fit in memory');
  }

  /**
   * Writes the target record, if it is another than before.
   * @throws {RangeError} when it lacks a number, or is a GPU that no rule set has kernels for
   */
  setTarget(target: Target): void {
    if (target === this.#target) return;
    for (const name of targetRecord) {
      if (!isInt32(target[name])) {
        throw new RangeError(`the target's ${name} is ${String(target[name])}; it must be a whole number`);
      }
    }
    if (!hasKernelInstructions(target))
      throw new RangeError(
        `${target.name} is sm${target.smVersion}; the kernels need wgmma (sm90) or tcgen05 (sm100 to sm119)`,
      );
    const at = this.#targetAt >> 2;
    for (const [slot, name] of targetRecord.entries()) this.i32[at + slot] = target[name];
    this.#target = target;
  }

  /** Writes the kernel record, or that there is none. */
  setKernel(kernel: KernelFacts | undefined): void {
    const at = this.#kernelAt >> 2;
    if (kernel === undefined) {
      this.i32[at + givenFlag] = 0;
      return;
    }
    const facts = recordOf(kernel);
    for (const [slot, name] of kernelRecord.entries()) this.i32[at + slot] = facts[name];
  }

  /** Makes the option record what was given. */
  takeGiven(): void {
    this.i32.copyWithin(this.optionsSlot, this.givenSlot, this.givenSlot + optionRecordSlots);
  }

  /** Checks the option record. Returns the first error's rule id, or -1. */
  check(settings: number): number {
    return this.exports.check(settings);
  }
}

/**
 * The kernel record of a catalog entry. A number that is none of 32 bits becomes one that no rule accepts, and a version of the
 * parameter block that is none, a size that no kernel has.
 */
function recordOf(kernel: KernelFacts): Readonly<Record<(typeof kernelRecord)[number], number>> {
  const number = (value: number) => ((value | 0) === value ? value : -1);
  return {
    given: 1,
    smVersion: number(smVersionOf(kernel.arch)),
    sharedMemSize: number(kernel.sharedMemSize),
    threadsPerCta: number(kernel.threadsPerCta),
    paramsStructSize: number(kernel.paramsStructSize),
    paramsBytes: paramsBytes[kernel.paramsAbi] ?? -2,
  };
}
