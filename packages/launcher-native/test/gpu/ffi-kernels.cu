// Kernels for ffi-suite.mjs, each with one by-value parameter as large as that of the GEMM kernels.
//
//   nvcc -arch=sm_90a -cubin ffi-kernels.cu -o ffi-kernels.sm90a.cubin

struct alignas(64) Params {
  unsigned long long *out;
  long long cycles;
  unsigned char rest[17280 - 16];
};
static_assert(sizeof(Params) == 17280, "as the GEMM kernels'");

// *out = Σ (index + 1) · byte over all bytes: a missing, moved or swapped byte changes it.
extern "C" __global__ void ffi_checksum(const __grid_constant__ Params params) {
  if (blockIdx.x + blockIdx.y + blockIdx.z + threadIdx.x + threadIdx.y + threadIdx.z != 0) return;
  const unsigned char *bytes = reinterpret_cast<const unsigned char *>(&params);
  unsigned long long sum = 0;
#pragma unroll 1
  for (unsigned i = 0; i < sizeof(Params); i += 1) sum += (i + 1ull) * bytes[i];
  *params.out = sum;
}

// Keeps a stream busy.
extern "C" __global__ void ffi_spin(const __grid_constant__ Params params) {
  const long long start = clock64();
  while (clock64() - start < params.cycles) {
  }
}

// Stops itself.
extern "C" __global__ void ffi_trap(const __grid_constant__ Params params) { asm volatile("trap;"); }

// Adds 1 to the byte that `out` points to.
extern "C" __global__ void ffi_increment(const __grid_constant__ Params params) {
  *reinterpret_cast<unsigned char *>(params.out) += 1;
}

// Writes where `out` points, which the suite takes care is nowhere.
extern "C" __global__ void ffi_fault(const __grid_constant__ Params params) { *params.out = 1; }
