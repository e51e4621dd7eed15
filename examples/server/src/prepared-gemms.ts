import { type PreparedGemm, prepare } from '@gemm-preflight/launcher-native';
import type { BatchedGemmOptions, Target } from '@gemm-preflight/types';
import type { Kernels } from './kernels.js';

/** Prepared launches by kernel and options: those that were used last, up to a number. */
export class PreparedGemms {
  readonly #kernels: Kernels;
  readonly #target: Target;
  readonly #most: number;
  /** The one used longest ago first, as a Map keeps the order of insertion. */
  readonly #prepared = new Map<string, PreparedGemm>();
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
  async get(functionName: string, options: BatchedGemmOptions): Promise<PreparedGemm> {
    const key = `${functionName} ${keyOf(options)}`;
    const known = this.#prepared.get(key);
    if (known !== undefined) {
      this.#hits++;
      this.#prepared.delete(key);
      this.#prepared.set(key, known);
      return known;
    }
    this.#misses++;
    const loaded = await this.#kernels.load(functionName);
    const prepared = prepare(loaded, options, { target: this.#target });
    this.#prepared.set(key, prepared);
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size > this.#most && oldest !== undefined) this.#prepared.delete(oldest);
    return prepared;
  }
}

/** The same for the same options in any order. */
function keyOf(options: BatchedGemmOptions): string {
  return JSON.stringify(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
