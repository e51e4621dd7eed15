// Batched FP8 GEMM for Hopper (sm_90a): C = scaleC * (A . B), E4m3 x E4m3, fp32 accumulation, bf16 output.
//
// The batchN, transposed-output member of the family, as a mixture-of-experts layer uses it:
//
//   A  experts' weights  [numBatches * m, k]   E4m3, k contiguous
//   B  activations       [paddedTokens,   k]   E4m3, k contiguous
//   C  output            [paddedTokens,   m]   bf16, m contiguous
//
// The tokens of each expert start at a multiple of tileN in the padded token space, so one CTA never serves two experts.
// It computes tileM output channels of tileN tokens: blockIdx.x counts the channel tiles, blockIdx.y the token tiles.
//
// Five warps. Warps 0 to 3 are the consumer warpgroup: tensor-core products and epilogue. One thread of warp 4 is the
// producer: it keeps numStages (A, B) tile pairs in flight with TMA. Read from top to bottom: the constants, the machine's
// instructions by name, the producer, the consumer, the kernel.
//
// Built once per tile shape by build.mjs, which defines everything that a catalog entry promises:
// KERNEL_NAME, TILE_M, TILE_N, TILE_K, NUM_STAGES, THREADS_PER_CTA, SHARED_MEM_SIZE.

#include "kernel-params.cuh"

namespace {

// ---- The tile, and its place in shared memory --------------------------------------------------------------------------

constexpr int tileM = TILE_M;
constexpr int tileN = TILE_N;
constexpr int tileK = TILE_K;
constexpr int numStages = NUM_STAGES;

// One tensor-core instruction multiplies 64 x 32 weights by 32 x tileN activations.
constexpr int mmaM = 64;
constexpr int mmaK = 32;
constexpr int halves = tileM / mmaM;
constexpr int accumulatorsPerHalf = mmaM * tileN / 128; // fp32 registers of each of the warpgroup's 128 threads

constexpr int threadsPerWarp = 32;
constexpr int consumerWarps = 4;
constexpr int producerWarp = consumerWarps;
constexpr int consumerThreads = consumerWarps * threadsPerWarp;
constexpr int threadsPerCta = consumerThreads + threadsPerWarp;

// Every tile is stored in rows of 128 bytes whose eight 16-byte chunks are permuted by the row: chunk c of row r lies at
// c ^ (r % 8). TMA does this ("swizzle 128B") and wgmma undoes it, both from address bits, hence the 1024-byte alignment
// of everything below: eight rows, the permutation's period.
constexpr int swizzleRowBytes = 128;
constexpr int swizzleAlignment = 8 * swizzleRowBytes;

constexpr int stageBytesA = tileM * tileK;
constexpr int stageBytesB = tileN * tileK;

// A row of the C tile is tileM bf16 values, wider than a swizzle row: the tile is cut into boxes of 64 channels.
constexpr int boxChannels = swizzleRowBytes / 2;
constexpr int boxesC = tileM / boxChannels;
constexpr int boxBytesC = tileN * swizzleRowBytes;

// The order and alignment of A, B and C are the rule set's shared-memory layout; the barriers come after it.
constexpr int offsetA = 0;
constexpr int offsetB = offsetA + numStages * stageBytesA;
constexpr int offsetC = offsetB + numStages * stageBytesB;
constexpr int offsetFull = offsetC + boxesC * boxBytesC;
constexpr int offsetEmpty = offsetFull + numStages * 8;
constexpr int sharedMemSize = offsetEmpty + numStages * 8;

static_assert(tileM == 128 && tileK == swizzleRowBytes, "written for two halves of 64 rows and one swizzle row of k");
static_assert(tileN == 8 || tileN == 16 || tileN == 32 || tileN == 64);
static_assert(boxChannels == mmaM, "the epilogue stores half h of the channels into box h");
static_assert(offsetB % swizzleAlignment == 0 && offsetC % swizzleAlignment == 0);
static_assert(stageBytesB % swizzleAlignment == 0 && boxBytesC % swizzleAlignment == 0);
static_assert(threadsPerCta == THREADS_PER_CTA && sharedMemSize == SHARED_MEM_SIZE, "the catalog says otherwise");

// ---- Barriers in shared memory -----------------------------------------------------------------------------------------
// Shared-memory addresses are the 32-bit ones of the shared window throughout.

__device__ __forceinline__ void initBarrier(uint32_t barrier, uint32_t arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

__device__ __forceinline__ void makeBarrierInitVisibleToTma() {
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

__device__ __forceinline__ void arrive(uint32_t barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

__device__ __forceinline__ void arriveExpectingBytes(uint32_t barrier, uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

// ---- Tensor memory accelerator (TMA) -----------------------------------------------------------------------------------

__device__ __forceinline__ void prefetchTensorMap(const TensorMap& map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory");
}

// One box from global to shared memory; its bytes count towards the barrier's phase. Coordinates: inner dimension first.
__device__ __forceinline__ void loadBox(const TensorMap& map, uint32_t destination, uint32_t barrier, int inner, int row) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];"
      :
      : "r"(destination), "l"(&map), "r"(barrier), "r"(inner), "r"(row)
      : "memory");
}

__device__ __forceinline__ void storeBox(const TensorMap& map, uint32_t source, int inner, int row) {
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%2, %3}], [%1];"
               :
               : "l"(&map), "r"(source), "r"(inner), "r"(row)
               : "memory");
}

// Waits until this thread's stores have been written, not only read from shared memory.
__device__ __forceinline__ void finishStores() {
  asm volatile("cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;" ::: "memory");
}

// Ordinary writes to shared memory become visible to the TMA, which reads through another path.
__device__ __forceinline__ void fenceSharedWritesForTma() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

// ---- Programmatic dependent launch (PDL) -------------------------------------------------------------------------------
// The grid may start before the grid ahead of it in the stream has ended. Both are no-ops when launched without PDL.

__device__ __forceinline__ void waitForPrecedingGrid() { asm volatile("griddepcontrol.wait;" ::: "memory"); }
__device__ __forceinline__ void letFollowingGridStart() { asm volatile("griddepcontrol.launch_dependents;" ::: "memory"); }

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
__device__ __forceinline__ uint64_t matrixDescriptor(uint32_t address) {
  return descriptorUnits(address & 0x3ffff) | 1ull << 16 | descriptorUnits(swizzleAlignment) << 32 | 1ull << 62;
}

// Orders earlier accesses to the accumulator registers before the wgmmas that follow.
__device__ __forceinline__ void wgmmaFence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void wgmmaCommit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }

// Waits until at most `pending` committed groups are unfinished. The compiler does not know that a wgmma writes its
// registers later than where it stands, so the registers pass through the asm: no use of them moves above the wait.
template <int pending, int count>
__device__ __forceinline__ void wgmmaWait(float (&finished)[count]) {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
#pragma unroll
  for (int i = 0; i < count; ++i) asm volatile("" : "+f"(finished[i])::"memory");
}

// d = a . b + (accumulate ? d : 0), one m64nNk32 product. Of d, thread t = 32 w + l of the warpgroup holds, for each group j
// of eight columns, these (row, column):
//   d[4j], d[4j+1]:   16 w + l / 4,     8 j + 2 (l % 4) + {0, 1}
//   d[4j+2], d[4j+3]: 16 w + l / 4 + 8, the same columns
// The last three operands of the instruction: accumulate or not, and +1 as the sign of a and of b.
#define WGMMA(shape, registers, a, b, accumulate)                                                                            \
  "{\n.reg .pred p;\nsetp.ne.b32 p, " accumulate ", 0;\n"                                                                    \
  "wgmma.mma_async.sync.aligned." shape ".f32.e4m3.e4m3 {" registers "}, " a ", " b ", p, 1, 1;\n}"
#define D4(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define D16(i) D4(i), D4(i + 4), D4(i + 8), D4(i + 12)
#define R0_7 "%0, %1, %2, %3, %4, %5, %6, %7"
#define R8_15 "%8, %9, %10, %11, %12, %13, %14, %15"
#define R16_31 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"

template <int count>
__device__ __forceinline__ void wgmma(float (&d)[count], uint64_t a, uint64_t b, int accumulate) {
  if constexpr (count == 4) {
    asm volatile(WGMMA("m64n8k32", "%0, %1, %2, %3", "%4", "%5", "%6") : D4(0) : "l"(a), "l"(b), "r"(accumulate));
  } else if constexpr (count == 8) {
    asm volatile(WGMMA("m64n16k32", R0_7, "%8", "%9", "%10") : D4(0), D4(4) : "l"(a), "l"(b), "r"(accumulate));
  } else if constexpr (count == 16) {
    asm volatile(WGMMA("m64n32k32", R0_7 ", " R8_15, "%16", "%17", "%18") : D16(0) : "l"(a), "l"(b), "r"(accumulate));
  } else {
    static_assert(count == 32, "add the instruction of this tileN");
    asm volatile(WGMMA("m64n64k32", R0_7 ", " R8_15 ", " R16_31, "%32", "%33", "%34")
                 : D16(0), D16(16)
                 : "l"(a), "l"(b), "r"(accumulate));
  }
}

#undef WGMMA
#undef D4
#undef D16
#undef R0_7
#undef R8_15
#undef R16_31

// ---- Epilogue ----------------------------------------------------------------------------------------------------------

// Two fp32 to bf16, round to nearest even; `low` goes to the lower half, the smaller column.
__device__ __forceinline__ uint32_t packBf16(float low, float high) {
  uint32_t packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}

// Stores four 8 x 8 matrices of 16-bit values, transposed. Lane l passes the address of row l % 8 of matrix l / 8.
__device__ __forceinline__ void storeMatricesTransposed(uint32_t address, const uint32_t (&matrices)[4]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared::cta.b16 [%0], {%1, %2, %3, %4};"
               :
               : "r"(address), "r"(matrices[0]), "r"(matrices[1]), "r"(matrices[2]), "r"(matrices[3])
               : "memory");
}

__device__ __forceinline__ void syncConsumers() { asm volatile("bar.sync 1, %0;" ::"n"(consumerThreads) : "memory"); }

// ---- The two roles -----------------------------------------------------------------------------------------------------

// Where a k block lives. The pipeline is a ring: block i uses stage i % numStages for the (i / numStages)-th time.
struct Slot {
  uint32_t a, b;        // the stage's tiles
  uint32_t full, empty; // its barriers
  uint32_t parity;      // of the phase in which it is filled

  __device__ __forceinline__ Slot(uint32_t shared, int kBlock) {
    const int stage = kBlock % numStages;
    a = shared + offsetA + stage * stageBytesA;
    b = shared + offsetB + stage * stageBytesB;
    full = shared + offsetFull + stage * 8;
    empty = shared + offsetEmpty + stage * 8;
    parity = kBlock / numStages & 1;
  }
};

// The k loops of both roles stay loops ("unroll 1"): each pass begins with a wait, so unrolling buys nothing but code.

// One thread. Fills each slot as soon as the consumers have emptied it.
__device__ __forceinline__ void produce(const KernelParams& params, uint32_t shared, int numKBlocks, int channel, int token) {
  const int rowA = params.ctaIdxXyToBatchIdx[blockIdx.y] * params.nm + channel;

#pragma unroll 1
  for (int kBlock = 0; kBlock < numKBlocks; ++kBlock) {
    const Slot slot(shared, kBlock);
    waitBarrier(slot.empty, slot.parity ^ 1); // the phase before: at once in the first round
    arriveExpectingBytes(slot.full, stageBytesA + stageBytesB);
    loadBox(params.tmaA, slot.a, slot.full, kBlock * tileK, rowA);
    loadBox(params.tmaB, slot.b, slot.full, kBlock * tileK, token);
  }

  // Not earlier: a following grid that starts now finds room on the multiprocessors that finish, without taking the
  // memory bandwidth this grid still needs. Its own griddepcontrol.wait holds it until our output is written.
  letFollowingGridStart();
}

// One warpgroup. Multiplies the slots as they fill up, then writes the C tile.
__device__ __forceinline__ void consume(const KernelParams& params, uint32_t shared, int numKBlocks, int channel, int token) {
  const int warp = threadIdx.x / threadsPerWarp;
  const int lane = threadIdx.x % threadsPerWarp;

  // Asked for here, used in the epilogue: its latency hides behind the products.
  const float scale = params.ptrScaleC != nullptr ? *params.ptrScaleC : 1.0f;

  float sum[halves][accumulatorsPerHalf] = {};

#pragma unroll 1
  for (int kBlock = 0; kBlock < numKBlocks; ++kBlock) {
    const Slot slot(shared, kBlock);
    waitBarrier(slot.full, slot.parity);

    // Hopper's FP8 tensor cores add with fewer mantissa bits than fp32 has. So they add up one k block only; the blocks
    // are added by ordinary instructions.
    float block[halves][accumulatorsPerHalf];
    wgmmaFence();
#pragma unroll
    for (int half = 0; half < halves; ++half) {
      const uint64_t a = matrixDescriptor(slot.a + half * mmaM * swizzleRowBytes);
      const uint64_t b = matrixDescriptor(slot.b);
#pragma unroll
      for (int step = 0; step < tileK / mmaK; ++step) {
        wgmma(block[half], a + descriptorUnits(step * mmaK), b + descriptorUnits(step * mmaK), step > 0);
      }
      wgmmaCommit();
    }

    // The first half's sums are added while the tensor cores are still at the second.
    wgmmaWait<1>(block[0]);
#pragma unroll
    for (int i = 0; i < accumulatorsPerHalf; ++i) sum[0][i] += block[0][i];
    wgmmaWait<0>(block[1]);
    if (lane == 0) arrive(slot.empty); // this warp has read the slot
#pragma unroll
    for (int i = 0; i < accumulatorsPerHalf; ++i) sum[1][i] += block[1][i];
  }

  // Rows of the tile that are tokens of this batch. The others are padding: what lies there in B may be anything, NaN
  // included, so their sums are replaced, not multiplied, by zero.
  const int validTokens = params.ctaIdxXyToMnLimit[blockIdx.y] - token;

  // A thread's accumulators are neighbours along the tokens, and C wants neighbours along the channels: stmatrix
  // transposes on the way. Matrices 0 and 1 are this warp's 16 channels of half 0, matrices 2 and 3 those of half 1.
  const int matrix = lane / 8;
  const int row = lane % 8;
  const int chunk = 2 * warp + matrix % 2;
  const uint32_t rowAddress = shared + offsetC + matrix / 2 * boxBytesC + row * swizzleRowBytes + (chunk ^ row) * 16;

#pragma unroll
  for (int group = 0; group < tileN / 8; ++group) {
    const int column = group * 8 + lane % 4 * 2;
    const bool valid0 = column < validTokens;
    const bool valid1 = column + 1 < validTokens;
    uint32_t packed[halves * 2];
#pragma unroll
    for (int i = 0; i < halves * 2; ++i) {
      const float value0 = sum[i / 2][group * 4 + i % 2 * 2];
      const float value1 = sum[i / 2][group * 4 + i % 2 * 2 + 1];
      packed[i] = packBf16(valid0 ? value0 * scale : 0.0f, valid1 ? value1 * scale : 0.0f);
    }
    storeMatricesTransposed(rowAddress + group * 8 * swizzleRowBytes, packed);
  }

  fenceSharedWritesForTma();
  syncConsumers();

  if (threadIdx.x == 0) {
#pragma unroll
    for (int box = 0; box < boxesC; ++box) {
      storeBox(params.tmaC, shared + offsetC + box * boxBytesC, channel + box * boxChannels, token);
    }
    finishStores(); // the block's shared memory has to outlive them
  }
}

} // namespace

// ---- The kernel --------------------------------------------------------------------------------------------------------

extern "C" __global__ void __launch_bounds__(THREADS_PER_CTA, 1) KERNEL_NAME(const __grid_constant__ KernelParams params) {
  extern __shared__ __align__(1024) uint8_t sharedMemory[];
  const uint32_t shared = static_cast<uint32_t>(__cvta_generic_to_shared(sharedMemory));

  // On another base the swizzle would be silently wrong. The asm hides the declared alignment from the compiler, which
  // would take it for granted and drop the check.
  uint32_t base = shared;
  asm volatile("" : "+r"(base));
  if (base % swizzleAlignment != 0) __trap();

  if (threadIdx.x == 0) {
    prefetchTensorMap(params.tmaA);
    prefetchTensorMap(params.tmaB);
    prefetchTensorMap(params.tmaC);
    for (int stage = 0; stage < numStages; ++stage) {
      initBarrier(shared + offsetFull + stage * 8, 1);              // the producer, plus the bytes it announces
      initBarrier(shared + offsetEmpty + stage * 8, consumerWarps); // one lane of each
    }
    makeBarrierInitVisibleToTma();
  }
  __syncthreads();

  // Everything above touches no global memory, so it overlaps the end of the preceding grid.
  waitForPrecedingGrid();

  const int numKBlocks = params.k / tileK;
  const int channel = blockIdx.x * tileM;
  const int token = blockIdx.y * tileN;

  if (threadIdx.x / threadsPerWarp == producerWarp) {
    if (threadIdx.x % threadsPerWarp == 0) produce(params, shared, numKBlocks, channel, token);
  } else {
    consume(params, shared, numKBlocks, channel, token);
  }
}
