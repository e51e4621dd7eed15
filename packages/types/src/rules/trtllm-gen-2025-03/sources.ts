/** A choice of those who built the kernels, which no document of the hardware demands. */
export const thisFamily =
  'the kernels of this family, as their launcher constrains them; the hardware does not demand it';

/** One scale for each 1×128 activations, and for each 128×128 weights. */
export const deepSeekScales =
  'DeepSeek-V3 technical report (arXiv:2412.19437), section 3.3.2, fine-grained quantization';

/** Accumulators of 128 lanes and 512 columns, on Blackwell alone. */
export const tensorMemory = 'PTX ISA, tcgen05, Tensor Memory';

/** How slices in one cluster reach each other's sums. */
export const distributedSharedMemory = 'CUDA C++ Programming Guide, Distributed Shared Memory';
