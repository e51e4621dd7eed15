import { target } from '../engine/memory';
import { KERNEL_BYTES, Kernel, MAX_THREADS_PER_CTA, WARP_THREADS } from '../generated/records';
import { totalSharedMemory } from './rules';

// What a compiled kernel asks of the GPU. Rules about kernels are evaluated only where one is given.

/** The kernel record, which the host writes; all zeros where the check is told of no kernel. */
export const KERNEL: usize = memory.data(KERNEL_BYTES, 16);

// @ts-expect-error: decorator
@inline
export function kernel(): Kernel {
  return changetype<Kernel>(KERNEL);
}

/** The kernel was built for another compute capability. */
export function kernelArch(): bool {
  return kernel().smVersion != target().smVersion;
}

/** The kernel's shared memory does not hold the layout, as far as there is one, or is more than a block can opt in to. */
export function kernelSharedMemory(laidOut: bool): bool {
  const size = kernel().sharedMemSize;
  return size > target().sharedMemPerBlockOptin || (laidOut && <f64>size < totalSharedMemory());
}

/** No number of threads that a block can have. */
export function threadsPerCta(): bool {
  const threads = kernel().threadsPerCta;
  return <u32>(threads - 1) >= <u32>MAX_THREADS_PER_CTA || (threads & (WARP_THREADS - 1)) != 0;
}

/** The kernel takes parameters of another size than its version's block has. */
export function parameterBlockSize(): bool {
  return kernel().paramsStructSize != kernel().paramsBytes;
}
