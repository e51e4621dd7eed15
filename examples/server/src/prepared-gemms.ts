import { type PreparedGemm, prepare } from '@gemm-preflight/launcher-native';
import type { BatchedGemmOptions, Target } from '@gemm-preflight/types';
import type { Kernels } from './kernels.js';

/** A prepared launch that is kept, or that has had to go and is still in use. */
interface Kept {
  readonly gemm: PreparedGemm;
  uses: number;
  isKept: boolean;
}

/** A use of a prepared launch: its kernel stays loaded until it ends. */
export interface PreparedLoan {
  readonly gemm: PreparedGemm;
  /** To be called once, when the device has no more to do with it. */
  readonly end: () => void;
}

/** Prepared launches by kernel and options: those that were used last, up to a number. Each holds its kernel. */
export class PreparedGemms {
  readonly #kernels: Kernels;
  readonly #target: Target;
  readonly #most: number;
  /** The one used longest ago first, as a Map keeps the order of insertion. */
  readonly #kept = new Map<string, Kept>();
  #hits = 0;
  #misses = 0;

  constructor(kernels: Kernels, target: Target, most: number) {
    this.#kernels = kernels;
    this.#target = target;
    this.#most = most;
  }

  /** How often one was there already, and how often not. */
  get counts(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses };
  }

  /**
   * A launch of a kernel with options, checked and planned when it is first asked for.
   * @throws {ServiceError} 404 where there is no such kernel
   * @throws {RefusedError | PlanError} when it cannot be launched
   */
  async borrow(functionName: string, options: BatchedGemmOptions): Promise<PreparedLoan> {
    const key = `${functionName} ${keyOf(options)}`;
    if (this.#kept.has(key)) this.#hits++;
    else this.#misses++;
    const kept = this.#kept.get(key) ?? (await this.#prepare(functionName, options));
    kept.uses++;
    // Somebody else may have prepared the same meanwhile. Both do, and one is kept.
    const other = this.#kept.get(key);
    if (other !== undefined && other !== kept) this.#giveUp(other);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    this.#makeRoom();
    return { gemm: kept.gemm, end: () => this.#end(kept) };
  }

  async #prepare(functionName: string, options: BatchedGemmOptions): Promise<Kept> {
    const loaded = await this.#kernels.acquire(functionName);
    try {
      return { gemm: prepare(loaded, options, { target: this.#target }), uses: 0, isKept: true };
    } catch (error) {
      loaded.release();
      throw error;
    }
  }

  #makeRoom(): void {
    const [oldest] = this.#kept;
    if (this.#kept.size <= this.#most || oldest === undefined) return;
    const [key, kept] = oldest;
    this.#kept.delete(key);
    this.#giveUp(kept);
  }

  #giveUp(kept: Kept): void {
    kept.isKept = false;
    if (kept.uses === 0) kept.gemm.loaded.release();
  }

  #end(kept: Kept): void {
    kept.uses--;
    if (!kept.isKept && kept.uses === 0) kept.gemm.loaded.release();
  }
}

/** The same for the same options in any order. */
function keyOf(options: BatchedGemmOptions): string {
  return JSON.stringify(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
