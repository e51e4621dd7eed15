import type { Diagnostic } from './diagnostic.js';
import type { BatchedGemmOptions } from './options.js';

/** Byte offsets of a kernel's chunks in dynamic shared memory. */
export interface SharedMemoryLayout {
  /** Bytes of all chunks. */
  readonly total: number;
  readonly loadA: number;
  readonly loadB: number;
  /** Staging of the output for TMA stores or a cluster's reduction. */
  readonly gmemC0: number;
  /** Second staging buffer, with DeepSeek scales. */
  readonly gmemC1: number;
  /** Row maxima for output scales, or the token scales that travel with each stage. */
  readonly rowMax: number;
}

/** Three extents. */
export interface Dim3 {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** How many CTAs a configuration launches. */
export interface LaunchGeometry {
  readonly grid: Dim3;
  /**
   * The grid's CTAs are persistent, and work off all tiles: so many of them, the GPU's multiprocessors, are the most along x. Absent
   * where each tile has a CTA of its own.
   */
  readonly persistentCtas?: number;
}

/** What a check found. */
export interface CheckResult {
  /** No diagnostic is an error. */
  readonly ok: boolean;
  readonly ruleSet: string;
  readonly diagnostics: readonly Diagnostic[];
  /** The options after adjustment; of invalid input, what was given. */
  readonly options: BatchedGemmOptions;
  /** Null where an error makes it meaningless. */
  readonly sharedMemory: SharedMemoryLayout | null;
  readonly launch: LaunchGeometry | null;
}
