// The instructions of Hopper (sm_90a) that these kernels are made of, by name. Sources: PTX ISA, chapters "mbarrier",
// "cp.async.bulk", "wgmma" and "setmaxnreg". Shared-memory addresses are the 32-bit ones of the shared window throughout.

#pragma once

#include <cstdint>
#include <type_traits>

#include "kernel-params.cuh"

namespace preflight {

constexpr int threadsPerWarp = 32;
constexpr int threadsPerWarpgroup = 128;

// Every operand tile is stored in rows of 128 bytes whose eight 16-byte chunks are permuted by the row: chunk c of row r
// lies at c ^ (r % 8). TMA does this ("swizzle 128B") and wgmma undoes it, both from address bits, hence the 1024-byte
// alignment of everything: eight rows, the permutation's period.
constexpr int swizzleRowBytes = 128;
constexpr int swizzleAlignment = 8 * swizzleRowBytes;

// ---- The parameter block, in either version ----------------------------------------------------------------------------

__device__ __forceinline__ int batchOfCta(const KernelParams& params, int cta) {
#if PARAMS_ABI == 2
  return __ldg(params.ptrCtaIdxXyToBatchIdx + cta);
#else
  return params.ctaIdxXyToBatchIdx[cta];
#endif
}

__device__ __forceinline__ int mnLimitOfCta(const KernelParams& params, int cta) {
#if PARAMS_ABI == 2
  return __ldg(params.ptrCtaIdxXyToMnLimit + cta);
#else
  return params.ctaIdxXyToMnLimit[cta];
#endif
}

__device__ __forceinline__ int numPaddedTokens(const KernelParams& params) {
#if PARAMS_ABI == 2
  return __ldg(params.ptrTotalNumPaddedTokens);
#else
  return params.totalNumPaddedTokens;
#endif
}

__device__ __forceinline__ int ctasAlongTokens(const KernelParams& params, int tile) {
#if PARAMS_ABI == 2
  return __ldg(params.ptrNumNonExitingCtas);
#else
  return params.totalNumPaddedTokens / tile;
#endif
}

// On another base the swizzle would be silently wrong. The asm hides the declared alignment from the compiler, which would take
// it for granted and drop the check.
__device__ __forceinline__ bool isAlignedForSwizzle(uint32_t shared) {
  asm volatile("" : "+r"(shared));
  return shared % swizzleAlignment == 0;
}

// A pipeline's ring of stages. It goes on across tiles.
template <int numStages>
struct RingOf {
  int stage = 0;
  uint32_t parity = 0; // of the phase in which the stage is filled

  __device__ __forceinline__ void advance() {
    if (++stage == numStages) stage = 0, parity ^= 1;
  }
};

// ---- Barriers in shared memory -----------------------------------------------------------------------------------------

__device__ __forceinline__ void initBarrier(uint32_t barrier, uint32_t arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

__device__ __forceinline__ void makeBarrierInitVisible() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

// Waits until the phase of the given parity has completed. A fresh barrier is in phase 0, and the phase before it counts
// as completed: waiting for parity 1 returns at once.
__device__ __forceinline__ void waitBarrier(uint32_t barrier, uint32_t parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "WAIT:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@done bra DONE;\n"
      "bra WAIT;\n"
      "DONE:\n"
      "}" ::"r"(barrier), "r"(parity)
      : "memory");
}

// Whether the phase of the given parity has completed. Does not wait.
__device__ __forceinline__ bool testBarrier(uint32_t barrier, uint32_t parity) {
  uint32_t done;
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "mbarrier.test_wait.parity.shared::cta.b64 done, [%1], %2;\n"
      "selp.b32 %0, 1, 0, done;\n"
      "}"
      : "=r"(done)
      : "r"(barrier), "r"(parity)
      : "memory");
  return done != 0;
}

// The same as waitBarrier, and what other CTAs of the cluster wrote before they arrived is visible afterwards.
__device__ __forceinline__ void waitBarrierOfCluster(uint32_t barrier, uint32_t parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "WAIT:\n"
      "mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 done, [%0], %1;\n"
      "@done bra DONE;\n"
      "bra WAIT;\n"
      "DONE:\n"
      "}" ::"r"(barrier), "r"(parity)
      : "memory");
}

__device__ __forceinline__ void arrive(uint32_t barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

// Arrives at the barrier that lies at the same place in the shared memory of the cluster's CTA `rank`. It says that something
// has been read; it does not show what was written before. (A release for the whole cluster costs a fence each time.)
__device__ __forceinline__ void arriveAt(uint32_t barrier, uint32_t rank) {
  asm volatile(
      "{\n"
      ".reg .b32 remote;\n"
      "mapa.shared::cluster.u32 remote, %0, %1;\n"
      "mbarrier.arrive.shared::cluster.b64 _, [remote];\n"
      "}" ::"r"(barrier), "r"(rank)
      : "memory");
}

// The same, and shows what was written before to those who wait with waitBarrierOfCluster.
__device__ __forceinline__ void arriveWithWritesAt(uint32_t barrier, uint32_t rank) {
  asm volatile(
      "{\n"
      ".reg .b32 remote;\n"
      "mapa.shared::cluster.u32 remote, %0, %1;\n"
      "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [remote];\n"
      "}" ::"r"(barrier), "r"(rank)
      : "memory");
}

__device__ __forceinline__ void arriveExpectingBytes(uint32_t barrier, uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

// ---- Clusters ----------------------------------------------------------------------------------------------------------

__device__ __forceinline__ uint32_t rankInCluster() {
  uint32_t rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

__device__ __forceinline__ void syncCluster() {
  asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::: "memory");
}

// ---- Tensor memory accelerator (TMA) -----------------------------------------------------------------------------------

__device__ __forceinline__ void prefetchTensorMap(const TensorMap& map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory");
}

// How long a line should stay in L2: those that other CTAs read too, and those that are read once. The encodings are those
// that `createpolicy.fractional` makes for evict_normal and evict_first with the fraction 1.
constexpr uint64_t usualInL2 = 0x1000000000000000;
constexpr uint64_t streamThroughL2 = 0x12f0000000000000;

// One box from global to shared memory; its bytes count towards the barrier's phase. Coordinates: inner dimension first.
__device__ __forceinline__ void loadBox(const TensorMap& map, uint32_t destination, uint32_t barrier, int inner, int row) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];"
      :
      : "r"(destination), "l"(&map), "r"(barrier), "r"(inner), "r"(row)
      : "memory");
}

// The same, with a policy for L2.
__device__ __forceinline__ void loadBox(const TensorMap& map, uint32_t destination, uint32_t barrier, int inner, int row,
                                        uint64_t policy) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1, {%3, %4}], [%2], %5;"
      :
      : "r"(destination), "l"(&map), "r"(barrier), "r"(inner), "r"(row), "l"(policy)
      : "memory");
}

// The same box to the same place of every CTA in `ranks`, a bit each; counts towards the barrier of each.
__device__ __forceinline__ void loadBoxForCluster(const TensorMap& map, uint32_t destination, uint32_t barrier, int inner, int row,
                                                  uint16_t ranks, uint64_t policy) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster.L2::cache_hint "
      "[%0], [%1, {%3, %4}], [%2], %5, %6;"
      :
      : "r"(destination), "l"(&map), "r"(barrier), "r"(inner), "r"(row), "h"(ranks), "l"(policy)
      : "memory");
}

// `bytes` contiguous bytes; both addresses and the count are multiples of 16.
__device__ __forceinline__ void loadBytes(const void* source, uint32_t destination, uint32_t barrier, uint32_t bytes) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %3, [%2];"
               :
               : "r"(destination), "l"(source), "r"(barrier), "r"(bytes)
               : "memory");
}

__device__ __forceinline__ void storeBox(const TensorMap& map, uint32_t source, int inner, int row) {
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%2, %3}], [%1];"
               :
               : "l"(&map), "r"(source), "r"(inner), "r"(row)
               : "memory");
}

__device__ __forceinline__ void commitStores() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }

// Waits until this thread's stores have read their shared memory, which may then be written again.
__device__ __forceinline__ void waitStoresRead() { asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory"); }

// Waits until this thread's stores have been written.
__device__ __forceinline__ void waitStoresWritten() { asm volatile("cp.async.bulk.wait_group 0;" ::: "memory"); }

// Ordinary writes to shared memory become visible to TMA and wgmma, which read through another path.
__device__ __forceinline__ void fenceSharedWritesForAsync() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

// ---- Programmatic dependent launch (PDL) -------------------------------------------------------------------------------
// The grid may start before the grid ahead of it in the stream has ended. Both are no-ops when launched without PDL.

__device__ __forceinline__ void waitForPrecedingGrid() { asm volatile("griddepcontrol.wait;" ::: "memory"); }
__device__ __forceinline__ void letFollowingGridStart() { asm volatile("griddepcontrol.launch_dependents;" ::: "memory"); }

// ---- Warpgroups --------------------------------------------------------------------------------------------------------

template <int registers>
__device__ __forceinline__ void giveUpRegisters() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(registers));
}
template <int registers>
__device__ __forceinline__ void takeRegisters() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(registers));
}

// Named barriers: 0 belongs to __syncthreads.
__device__ __forceinline__ void syncThreads(int barrier, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(barrier), "r"(threads) : "memory");
}

// The warpgroup's number, known to the compiler to be the same for the whole warp: what is computed from it, as matrix
// descriptors are, stays in uniform registers, where wgmma wants it.
__device__ __forceinline__ int uniformWarpgroup() { return __shfl_sync(0xffffffff, threadIdx.x / threadsPerWarpgroup, 0); }

// ---- Warpgroup matrix multiply-accumulate (wgmma) ----------------------------------------------------------------------

// The address part of a matrix descriptor counts 16-byte units.
__device__ __forceinline__ constexpr uint64_t descriptorUnits(uint32_t bytes) { return bytes >> 4; }

// Describes a tile in shared memory, k contiguous, 128-byte swizzle:
//   bits  0-13  start address
//   bits 16-29  leading-dimension offset: unused in this layout (1 by convention)
//   bits 32-45  stride from one group of eight rows to the next
//   bits 49-51  base offset: 0, groups are 1024-byte aligned
//   bits 62-63  1 = swizzle 128B
// A step along k inside the 128-byte row is a plain addition to the start address: the hardware permutes the chunks by
// bits 7 to 9 of the address it has computed, and the step does not reach these.
__device__ __forceinline__ constexpr uint64_t matrixDescriptor(uint32_t address) {
  return descriptorUnits(address & 0x3ffff) | 1ull << 16 | descriptorUnits(swizzleAlignment) << 32 | 1ull << 62;
}

// Descriptors differ in their lower halves only, to which offsets may be added: shared memory ends below 2^18.
__device__ __forceinline__ constexpr uint32_t lowerHalf(uint64_t descriptor) { return static_cast<uint32_t>(descriptor); }
__device__ __forceinline__ uint64_t withLowerHalf(uint32_t half) {
  constexpr uint64_t upperHalf = matrixDescriptor(0) >> 32 << 32;
  return upperHalf | half;
}

// Orders earlier accesses to the accumulator registers before the wgmmas that follow.
__device__ __forceinline__ void wgmmaFence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void wgmmaCommit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }

// The compiler does not know that a wgmma writes its registers later than where it stands: no use of them moves across this.
template <int count>
__device__ __forceinline__ void pinRegisters(float (&registers)[count]) {
#pragma unroll
  for (int i = 0; i < count; ++i) asm volatile("" : "+f"(registers[i])::"memory");
}

// Waits until at most `pending` committed groups are unfinished.
template <int pending>
__device__ __forceinline__ void wgmmaWait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
}

enum class Operand { e4m3, bf16, fp16 };

// d = a . b + (accumulate ? d : 0), one m64nNkK product; K is 32 bytes of k. Of d, thread t = 32 w + l of the warpgroup
// holds, for each group j of eight columns, these (row, column):
//   d[4j], d[4j+1]:   16 w + l / 4,     8 j + 2 (l % 4) + {0, 1}
//   d[4j+2], d[4j+3]: 16 w + l / 4 + 8, the same columns
// The operands after the descriptors: accumulate or not, the signs of a and b, and for 16-bit types that both are k-major.
#define WGMMA(shape, types, registers, a, b, accumulate, layout)                                                              \
  "{\n.reg .pred p;\nsetp.ne.b32 p, " accumulate ", 0;\n"                                                                    \
  "wgmma.mma_async.sync.aligned." shape ".f32." types " {" registers "}, " a ", " b ", p, 1, 1" layout ";\n}"
#define D4(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define D16(i) D4(i), D4(i + 4), D4(i + 8), D4(i + 12)
#define R4 "%0, %1, %2, %3"
#define R8 R4 ", %4, %5, %6, %7"
#define R16 R8 ", %8, %9, %10, %11, %12, %13, %14, %15"
#define R32 R16 ", %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define R64                                                                                                                  \
  R32 ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47"                                     \
      ", %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define INPUTS : "l"(a), "l"(b), "r"(accumulate)
#define WGMMA_OF_EACH_WIDTH(types, step, layout)                                                                              \
  if constexpr (count == 4) {                                                                                                \
    asm volatile(WGMMA("m64n8" step, types, R4, "%4", "%5", "%6", layout) : D4(0) INPUTS);                                   \
  } else if constexpr (count == 8) {                                                                                         \
    asm volatile(WGMMA("m64n16" step, types, R8, "%8", "%9", "%10", layout) : D4(0), D4(4) INPUTS);                          \
  } else if constexpr (count == 16) {                                                                                        \
    asm volatile(WGMMA("m64n32" step, types, R16, "%16", "%17", "%18", layout) : D16(0) INPUTS);                             \
  } else if constexpr (count == 32) {                                                                                        \
    asm volatile(WGMMA("m64n64" step, types, R32, "%32", "%33", "%34", layout) : D16(0), D16(16) INPUTS);                    \
  } else {                                                                                                                   \
    static_assert(count == 64, "add the instruction of this width");                                                         \
    asm volatile(WGMMA("m64n128" step, types, R64, "%64", "%65", "%66", layout) : D16(0), D16(16), D16(32), D16(48) INPUTS); \
  }

template <Operand operand, int count>
__device__ __forceinline__ void wgmma(float (&d)[count], uint64_t a, uint64_t b, int accumulate) {
  if constexpr (operand == Operand::e4m3) {
    WGMMA_OF_EACH_WIDTH("e4m3.e4m3", "k32", "")
  } else if constexpr (operand == Operand::bf16) {
    WGMMA_OF_EACH_WIDTH("bf16.bf16", "k16", ", 0, 0")
  } else {
    WGMMA_OF_EACH_WIDTH("f16.f16", "k16", ", 0, 0")
  }
}

#undef WGMMA_OF_EACH_WIDTH
#undef INPUTS
#undef WGMMA
#undef D4
#undef D16
#undef R4
#undef R8
#undef R16
#undef R32
#undef R64

// Multiplies k block by k block into two sets of registers by turns, so that the tensor cores are at one while the other is added to
// the sums. `issue(block, slot)` starts the products of the next k block and says which slot they read;
// `add(pending, block, slot, kBlock, turn)` waits until at most `pending` committed groups are unfinished, and adds.
//
// The loop is unrolled by `group` k blocks, and the turn says where in a group a block is, for what is done once a group. What
// the groups leave over, or else the last group, is the rest: 1 to `group` k blocks.
enum class Turn { first, between, last, firstOfRest, inRest };

template <int accumulators, int group, typename Slot, typename Issue, typename Add>
__device__ __forceinline__ void multiplyByTurns(int numKBlocks, const Issue& issue, const Add& add) {
  static_assert(group % 2 == 0);
  float block0[accumulators], block1[accumulators];
  Slot slot0, slot1;
  constexpr std::integral_constant<int, 0> none;
  constexpr std::integral_constant<int, 1> theOther;

  issue(block0, slot0);
  int kBlock = 0;
#pragma unroll 1
  for (; kBlock + group < numKBlocks; kBlock += group) {
#pragma unroll
    for (int i = 0; i < group; i += 2) {
      issue(block1, slot1);
      add(theOther, block0, slot0, kBlock + i, i == 0 ? Turn::first : Turn::between);
      issue(block0, slot0);
      add(theOther, block1, slot1, kBlock + i + 1, i + 2 == group ? Turn::last : Turn::between);
    }
  }

  const auto rest = [&](auto length) {
    constexpr int count = decltype(length)::value;
#pragma unroll
    for (int i = 0; i < count; ++i) {
      const Turn turn = i == 0 ? Turn::firstOfRest : Turn::inRest;
      if (i % 2 == 0) {
        if (i + 1 < count) issue(block1, slot1), add(theOther, block0, slot0, kBlock + i, turn);
        else add(none, block0, slot0, kBlock + i, turn);
      } else {
        if (i + 1 < count) issue(block0, slot0), add(theOther, block1, slot1, kBlock + i, turn);
        else add(none, block1, slot1, kBlock + i, turn);
      }
    }
  };
  const int left = numKBlocks - kBlock;
  if (left == 1) rest(std::integral_constant<int, 1>());
  else if (group == 2 || left == 2) rest(std::integral_constant<int, 2>());
  else if (left == 3) rest(std::integral_constant<int, 3>());
  else rest(std::integral_constant<int, group>());
  static_assert(group <= 4, "a rest of each length");
}

// ---- Numbers -----------------------------------------------------------------------------------------------------------

enum class Output { bf16, fp16, e4m3 };

// Two fp32 to 16 bits each, round to nearest even; `low` goes to the lower half, the smaller column.
template <Output output>
__device__ __forceinline__ uint32_t pack16(float low, float high) {
  uint32_t packed;
  if constexpr (output == Output::bf16) {
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  } else {
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  }
  return packed;
}

// Two fp32 to E4m3, round to nearest even, beyond 448 to +-448; `low` goes to the lower byte.
__device__ __forceinline__ uint16_t packE4m3(float low, float high) {
  uint16_t packed;
  asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(packed) : "f"(high), "f"(low));
  return packed;
}

constexpr float largestE4m3 = 448.0f;

// ---- Matrices of registers to shared memory ----------------------------------------------------------------------------

// Stores four 8 x 8 matrices of 16-bit values. Lane l passes the address of row l % 8 of matrix l / 8.
__device__ __forceinline__ void storeMatrices(uint32_t address, const uint32_t (&matrices)[4]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared::cta.b16 [%0], {%1, %2, %3, %4};"
               :
               : "r"(address), "r"(matrices[0]), "r"(matrices[1]), "r"(matrices[2]), "r"(matrices[3])
               : "memory");
}

// The same, each matrix transposed.
__device__ __forceinline__ void storeMatricesTransposed(uint32_t address, const uint32_t (&matrices)[4]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared::cta.b16 [%0], {%1, %2, %3, %4};"
               :
               : "r"(address), "r"(matrices[0]), "r"(matrices[1]), "r"(matrices[2]), "r"(matrices[3])
               : "memory");
}

// Two of them.
__device__ __forceinline__ void storeMatricesTransposed(uint32_t address, const uint32_t (&matrices)[2]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x2.trans.shared::cta.b16 [%0], {%1, %2};"
               :
               : "r"(address), "r"(matrices[0]), "r"(matrices[1])
               : "memory");
}

template <typename Value>
__device__ __forceinline__ void storeShared(uint32_t address, Value value) {
  if constexpr (sizeof(Value) == 2) {
    asm volatile("st.shared.b16 [%0], %1;" ::"r"(address), "h"(value) : "memory");
  } else {
    asm volatile("st.shared.f32 [%0], %1;" ::"r"(address), "f"(value) : "memory");
  }
}

__device__ __forceinline__ float loadShared(uint32_t address) {
  float value;
  asm volatile("ld.shared.f32 %0, [%1];" : "=f"(value) : "r"(address) : "memory");
  return value;
}

// From the same place in the shared memory of the cluster's CTA `rank`.
__device__ __forceinline__ float loadSharedAt(uint32_t address, uint32_t rank) {
  float value;
  asm volatile(
      "{\n"
      ".reg .b32 remote;\n"
      "mapa.shared::cluster.u32 remote, %1, %2;\n"
      "ld.shared::cluster.f32 %0, [remote];\n"
      "}"
      : "=f"(value)
      : "r"(address), "r"(rank)
      : "memory");
  return value;
}

__device__ __forceinline__ float2 loadShared2(uint32_t address) {
  float2 value;
  asm volatile("ld.shared.v2.f32 {%0, %1}, [%2];" : "=f"(value.x), "=f"(value.y) : "r"(address) : "memory");
  return value;
}

} // namespace preflight
