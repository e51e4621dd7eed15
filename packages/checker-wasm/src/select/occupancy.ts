import type { KernelInfo, Target } from '@gemm-preflight/types';

/** What an SM can hold; the same from sm90 to sm103 (CUDA C++ programming guide, technical specifications). */
const smLimits = { threads: 2048, ctas: 32, threadsPerWarp: 32 } as const;

/** Shared memory that the system keeps per CTA, in bytes (CUDA C++ programming guide, compute capability 9.0 and 10.0). */
const reservedPerCta = 1024;

/** How many CTAs of a kernel an SM holds at a time. */
export interface Occupancy {
  readonly ctasPerSm: number;
  /** What runs out first. Registers are not counted: a catalog does not know them. */
  readonly limitedBy: 'sharedMemory' | 'threads' | 'ctas';
}

/** The occupancy that shared memory and threads allow; `ctasPerSm` is 0 where not even one CTA fits. */
export function occupancyOf(
  { sharedMemSize, threadsPerCta }: Pick<KernelInfo, 'sharedMemSize' | 'threadsPerCta'>,
  { sharedMemPerBlockOptin }: Pick<Target, 'sharedMemPerBlockOptin'>,
): Occupancy {
  const { threads, ctas, threadsPerWarp } = smLimits;
  const sharedMemPerSm = sharedMemPerBlockOptin + reservedPerCta;
  const allocatedThreads = Math.ceil(threadsPerCta / threadsPerWarp) * threadsPerWarp;
  const limits = [
    { limitedBy: 'sharedMemory', ctasPerSm: room(sharedMemPerSm, sharedMemSize + reservedPerCta) },
    { limitedBy: 'threads', ctasPerSm: room(threads, allocatedThreads) },
    { limitedBy: 'ctas', ctasPerSm: ctas },
  ] as const;
  return limits.reduce((least, limit) => (limit.ctasPerSm < least.ctasPerSm ? limit : least));
}

/** How often something fits. What is no size above 0, as a hostile catalog may have it, never fits. */
function room(total: number, each: number): number {
  return each > 0 ? Math.floor(total / each) : 0;
}
