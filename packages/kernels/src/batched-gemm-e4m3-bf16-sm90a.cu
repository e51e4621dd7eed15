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
// producer: it keeps numStages (A, B) tile pairs in flight with TMA. Read from top to bottom: the constants, the producer,
// the consumer, the kernel; hopper.cuh has the machine's instructions by name.
//
// Built once per tile shape by build.mjs, which defines everything that a catalog entry promises:
// KERNEL_NAME, TILE_M, TILE_N, TILE_K, NUM_STAGES, THREADS_PER_CTA, SHARED_MEM_SIZE.

#include "hopper.cuh"

using namespace preflight;

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

constexpr int consumerWarps = 4;
constexpr int producerWarp = consumerWarps;
constexpr int consumerThreads = consumerWarps * threadsPerWarp;
constexpr int threadsPerCta = consumerThreads + threadsPerWarp;

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
        wgmma<Operand::e4m3>(block[half], a + descriptorUnits(step * mmaK), b + descriptorUnits(step * mmaK), step > 0);
      }
      wgmmaCommit();
    }

    // The first half's sums are added while the tensor cores are still at the second.
    wgmmaWait<1>();
    pinRegisters(block[0]);
#pragma unroll
    for (int i = 0; i < accumulatorsPerHalf; ++i) sum[0][i] += block[0][i];
    wgmmaWait<0>();
    pinRegisters(block[1]);
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
      packed[i] = pack16<Output::bf16>(valid0 ? value0 * scale : 0.0f, valid1 ? value1 * scale : 0.0f);
    }
    storeMatricesTransposed(rowAddress + group * 8 * swizzleRowBytes, packed);
  }

  fenceSharedWritesForAsync();
  syncConsumers();

  if (threadIdx.x == 0) {
#pragma unroll
    for (int box = 0; box < boxesC; ++box) {
      storeBox(params.tmaC, shared + offsetC + box * boxBytesC, channel + box * boxChannels, token);
    }
    commitStores();
    waitStoresWritten(); // the block's shared memory has to outlive them
  }
}

} // namespace

// ---- The kernel --------------------------------------------------------------------------------------------------------

extern "C" __global__ void __launch_bounds__(THREADS_PER_CTA, 1) KERNEL_NAME(const __grid_constant__ KernelParams params) {
  extern __shared__ __align__(1024) uint8_t sharedMemory[];
  const uint32_t shared = static_cast<uint32_t>(__cvta_generic_to_shared(sharedMemory));

  if (!isAlignedForSwizzle(shared)) __trap();

  if (threadIdx.x == 0) {
    prefetchTensorMap(params.tmaA);
    prefetchTensorMap(params.tmaB);
    prefetchTensorMap(params.tmaC);
    for (int stage = 0; stage < numStages; ++stage) {
      initBarrier(shared + offsetFull + stage * 8, 1);              // the producer, plus the bytes it announces
      initBarrier(shared + offsetEmpty + stage * 8, consumerWarps); // one lane of each
    }
    makeBarrierInitVisible();
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
