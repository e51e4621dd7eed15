// A kernel that does nothing, with the parameter block and the block size of our GEMM kernels: what a launch of it takes is the launch.
//
//   nvcc -arch=sm_90a -cubin -o empty.sm90a.cubin empty.cu
struct alignas(64) Params {
  unsigned char bytes[17280];
};

extern "C" __global__ void __launch_bounds__(160) preflight_empty(const __grid_constant__ Params) {}
