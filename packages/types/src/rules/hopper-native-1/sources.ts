/** A choice of those who wrote the kernels, which no document of the hardware demands. */
export const theseKernels = 'our kernels for Hopper, packages/kernels';

/** The instruction's shapes and operands. */
export const wgmma = 'PTX ISA, wgmma.mma_async, Matrix Shape and Data-types';

/** What CTAs of a cluster share. */
export const clusters = 'CUDA C++ Programming Guide, Thread Block Clusters';
