// Gathers rows of tokens that lie anywhere (routeAct): the rows of a tile are found through routeMap. Hopper's TMA cannot
// gather, so the 128 threads of the producer warpgroup copy 16 bytes at a time, asynchronously, into the places where TMA
// would have put them.

#pragma once

#include "hopper.cuh"

namespace preflight {

// 16 bytes from global to shared memory; zeros instead where `present` is false, and then nothing is read.
__device__ __forceinline__ void copy16(uint32_t destination, const void* source, bool present) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(destination), "l"(source), "r"(present ? 16 : 0) : "memory");
}
__device__ __forceinline__ void copy4(uint32_t destination, const void* source, bool present) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(destination), "l"(source), "r"(present ? 4 : 0) : "memory");
}
__device__ __forceinline__ void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int pending>
__device__ __forceinline__ void waitCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

// The slots that a warpgroup's threads copy into, one by one. A slot is full when every thread has arrived, which it does
// `copiesInFlight` slots later: by then its copies have landed, and the fence shows them to wgmma.
template <int numStages, int copiesInFlight>
struct CopiedSlots {
  uint32_t fullBarriers;
  RingOf<numStages> ring, landed;
  int count = 0; // issued

  __device__ __forceinline__ void announce() {
    fenceSharedWritesForAsync();
    arrive(fullBarriers + landed.stage * 8);
    landed.advance();
  }

  // All copies into the ring's slot have been issued.
  __device__ __forceinline__ void issued() {
    commitCopies();
    ring.advance();
    if (++count > copiesInFlight) {
      waitCopies<copiesInFlight>();
      announce();
    }
  }

  __device__ __forceinline__ void finish() {
    waitCopies<0>();
    for (int left = min(count, copiesInFlight); left > 0; --left) announce();
  }
};

// The token that a padded row stands for, or -1: padding rows may hold anything in the map.
__device__ __forceinline__ int routedToken(const KernelParams& params, int row, int limit) {
  if (row >= limit) return -1;
  const int token = __ldg(params.routeMap + row);
  return token >= 0 && token < params.numTokens ? token : -1;
}

// One thread's share of a tile of `rows` tokens: the chunk thread % 8 of every 16th row.
template <int rows>
struct RoutedRows {
  static constexpr int rowsPerPass = threadsPerWarpgroup / 8;
  static constexpr int passes = (rows + rowsPerPass - 1) / rowsPerPass;

  int tokens[passes];

  // `first` is the tile's first padded row, `limit` the first one that is padding.
  __device__ __forceinline__ RoutedRows(const KernelParams& params, int first, int limit) {
#pragma unroll
    for (int pass = 0; pass < passes; ++pass) tokens[pass] = routedToken(params, first + row(pass), min(limit, first + rows));
  }

  __device__ __forceinline__ static int row(int pass) { return pass * rowsPerPass + threadIdx.x / 8; }

  // The rows' 128 bytes of one k block.
  __device__ __forceinline__ void copy(const KernelParams& params, uint32_t tile, int kBlock) const {
    const int chunk = threadIdx.x % 8;
    const uint8_t* source = static_cast<const uint8_t*>(params.ptrTokens) + kBlock * swizzleRowBytes + chunk * 16;
#pragma unroll
    for (int pass = 0; pass < passes; ++pass) {
      if (rows < rowsPerPass && row(pass) >= rows) continue;
      const bool present = tokens[pass] >= 0;
      const int64_t offset = present ? static_cast<int64_t>(tokens[pass]) * params.k : 0; // FP8: a byte an element
      copy16(tile + row(pass) * swizzleRowBytes + (chunk ^ row(pass) % 8) * 16, source + offset, present);
    }
  }
};

} // namespace preflight
