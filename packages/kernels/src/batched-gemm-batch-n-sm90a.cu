// Batched GEMM for Hopper (sm_90a), batchN with the output transposed: the experts' weights are the rows of the product, the
// tokens of each expert its columns. For decode, where experts have few tokens: a tile is as narrow as 8 of them.
//
//   A  experts' weights  [numBatches * m, k]   k contiguous
//   B  activations       [paddedTokens,   k]   k contiguous
//   C  output            [paddedTokens,   m]   m contiguous
//
// The tokens of each expert start at a multiple of tileN in the padded token space, so one tile never serves two experts.
//
// A persistent kernel: each CTA works off every (number of CTAs)-th tile. Three warpgroups. One thread of the first is the
// producer: it keeps numStages (A, B) tile pairs in flight with TMA, also across tiles. The other two are consumers: each
// multiplies 64 of the tile's 128 channels, adds the blocks of k up with their scales, and stores its part of C.
//
// Two more ways to be built. With SPLIT_K, a cluster of as many CTAs shares a tile: each takes a slice of k, and the first adds
// the others' sums to its own, out of their shared memory. With ROUTED, the tokens are not in order: the producer warpgroup
// gathers them.
//
// Read from top to bottom: what build.mjs defines, the tiles and their order, the producer, the consumers, the kernel.

#include "hopper.cuh"
#include "routed-tokens.cuh"

#pragma nv_diag_suppress 177 // functions that a variant does not need

using namespace preflight;

namespace {

// ---- What a catalog entry promises, defined by build.mjs ---------------------------------------------------------------

constexpr int tileM = TILE_M;
constexpr int tileN = TILE_N;
constexpr int numStages = NUM_STAGES;
constexpr bool blockScale = BLOCK_SCALE; // DeepSeek: a scale per token and 128 of k, one per 128 x 128 weights
constexpr bool routed = ROUTED;
constexpr int slices = SPLIT_K;
constexpr Operand operand = Operand::OPERAND;
constexpr Output output = Output::OUTPUT;

// ---- The tile, and its place in shared memory --------------------------------------------------------------------------

constexpr int operandBytes = operand == Operand::e4m3 ? 1 : 2;
constexpr int tileK = swizzleRowBytes / operandBytes;
constexpr int mmaM = 64;
constexpr int mmaKBytes = 32;
constexpr int mmasPerBlock = swizzleRowBytes / mmaKBytes;

constexpr int consumers = 2; // warpgroups, 64 channels each
constexpr int accumulators = mmaM * tileN / threadsPerWarpgroup;

constexpr int stageBytesA = tileM * swizzleRowBytes;
constexpr int stageBytesB = tileN * swizzleRowBytes;
constexpr int stageBytesScales = blockScale ? tileN * 4 : 0;

// A consumer stages its 64 channels of C, token by token.
constexpr int outputBytes = output == Output::e4m3 ? 1 : 2;
constexpr int stagingRowBytes = mmaM * outputBytes;
constexpr int stagingBytesC = tileN * stagingRowBytes;

// The largest magnitude of each token, from each warp of the consumers: output scales need all 128 channels.
constexpr int threadsPerCta = (1 + consumers) * threadsPerWarpgroup;
constexpr int consumerThreads = consumers * threadsPerWarpgroup;
constexpr int consumerWarps = consumerThreads / threadsPerWarp;
constexpr bool outputScales = blockScale && output == Output::e4m3;
constexpr int maximaBytes = outputScales ? consumerWarps * tileN * 4 : 0;

// What each CTA but the first of a cluster leaves for the first: its sums, and a barrier each way.
constexpr int sliceBytes = slices > 1 ? tileM * tileN * 4 : 0;
constexpr int sliceBarrierBytes = slices > 1 ? 2 * 8 : 0;

// Of the 65,536 registers of a multiprocessor, the producer needs next to none; the widest tile needs more than a third.
constexpr bool movesRegisters = tileN == 128;
constexpr int producerRegisters = routed ? 56 : 24;
constexpr int consumerRegisters = routed ? 224 : 240;

constexpr int offsetA = 0;
constexpr int offsetB = offsetA + numStages * stageBytesA;
constexpr int offsetC = offsetB + numStages * stageBytesB;
constexpr int offsetScales = offsetC + consumers * stagingBytesC;
constexpr int offsetFull = offsetScales + numStages * stageBytesScales;
constexpr int offsetEmpty = offsetFull + numStages * 8;
constexpr int offsetMaxima = offsetEmpty + numStages * 8;
constexpr int offsetSlice = offsetMaxima + maximaBytes;
constexpr int offsetSlicesReady = offsetSlice + sliceBytes; // counts in the first CTA: the others' sums are there
constexpr int offsetSliceFree = offsetSlicesReady + 8;      // counts in the others: the first has read them
constexpr int sharedMemSize = offsetSlice + sliceBytes + sliceBarrierBytes;

static_assert(tileM == consumers * mmaM, "one weight scale and one output scale a tile");
static_assert(tileN == 8 || tileN == 16 || tileN == 32 || tileN == 64 || tileN == 128);
static_assert(!blockScale || operand == Operand::e4m3, "only FP8 has block scales");
static_assert(output != Output::e4m3 || operand == Operand::e4m3);
static_assert(slices == 1 || slices == 2 || slices == 4 || slices == 8);
static_assert(!routed || (blockScale && slices == 1));
static_assert(threadsPerCta == THREADS_PER_CTA && sharedMemSize == SHARED_MEM_SIZE, "the catalog says otherwise");

// ---- The tiles and their order -----------------------------------------------------------------------------------------

// Tiles that are worked on at the same time should share what they read: the token tiles of an expert its weights.
constexpr int tokenTilesTogether = 8;

struct Tile {
  int cta;     // index along the tokens
  int channel; // first one

  __device__ __forceinline__ int token() const { return cta * tileN; }
};

struct Tiles {
  int along, across, count; // token tiles, channel tiles, both together

  __device__ __forceinline__ explicit Tiles(const KernelParams& params)
      : along(ctasAlongTokens(params, tileN)), across(params.nm / tileM), count(along * across) {}

  __device__ __forceinline__ Tile at(int index) const {
    const int perGroup = tokenTilesTogether * across;
    const int firstCta = index / perGroup * tokenTilesTogether;
    const int height = min(tokenTilesTogether, along - firstCta);
    const int inGroup = index % perGroup;
    return {firstCta + inGroup % height, inGroup / height * tileM};
  }
};

// The producer waits for this many free slots at a time, and then fills them together, weights first: neighbouring pieces of a row
// of weights reach the memory at the same time and are read from the same open page.
constexpr int blocksTogether = numStages >= 8 ? 4 : 2;

using Ring = RingOf<numStages>;

// ---- Slices of k -------------------------------------------------------------------------------------------------------

__device__ __forceinline__ int sliceOfCta() { return slices == 1 ? 0 : rankInCluster(); }
__device__ __forceinline__ int kBlocksOfSlice(const KernelParams& params) { return params.k / (tileK * slices); }

// ---- The producer ------------------------------------------------------------------------------------------------------

// One thread. Fills the slots as soon as the consumers have emptied them.
__device__ __forceinline__ void produce(const KernelParams& params, uint32_t shared, const Tiles& tiles) {
  const int numKBlocks = kBlocksOfSlice(params);
  const int firstKBlock = sliceOfCta() * numKBlocks, endKBlock = firstKBlock + numKBlocks;
  const int paddedTokens = numPaddedTokens(params);
  Ring ring;

#pragma unroll 1
  for (int index = blockIdx.x; index < tiles.count; index += gridDim.x) {
    const Tile tile = tiles.at(index);
    const int rowA = batchOfCta(params, tile.cta) * params.nm + tile.channel;

#pragma unroll 1
    for (int first = firstKBlock; first < endKBlock; first += blocksTogether) {
      const int last = min(first + blocksTogether, endKBlock);
      Ring next = ring;
      for (int kBlock = first; kBlock < last; ++kBlock, next.advance()) waitBarrier(shared + offsetEmpty + next.stage * 8, next.parity ^ 1);

      next = ring;
      for (int kBlock = first; kBlock < last; ++kBlock, next.advance()) {
        const uint32_t full = shared + offsetFull + next.stage * 8;
        arriveExpectingBytes(full, stageBytesA + stageBytesB + stageBytesScales);
        loadBox(params.tmaA, shared + offsetA + next.stage * stageBytesA, full, kBlock * tileK, rowA, streamThroughL2);
      }

      for (int kBlock = first; kBlock < last; ++kBlock, ring.advance()) {
        const uint32_t full = shared + offsetFull + ring.stage * 8;
        loadBox(params.tmaB, shared + offsetB + ring.stage * stageBytesB, full, kBlock * tileK, tile.token(), usualInL2);
        if constexpr (blockScale) {
          const float* scales = params.ptrDqSfsB + static_cast<int64_t>(kBlock) * paddedTokens + tile.token();
          loadBytes(scales, shared + offsetScales + ring.stage * stageBytesScales, full, stageBytesScales);
        }
      }
    }
  }

  // Not earlier: a following grid that starts now finds room on the multiprocessors that finish, without taking the
  // memory bandwidth this grid still needs. Its own griddepcontrol.wait holds it until our output is written.
  letFollowingGridStart();
}

// All threads of the producer warpgroup: gather the tokens and their scales; the first also loads the weights. A slot is full
// when the weights' bytes have come, too.
constexpr int copiesInFlight = 3;
constexpr int producerArrivals = routed ? 1 + threadsPerWarpgroup : 1;

struct RoutedProducer {
  const KernelParams& params;
  const uint32_t shared;
  CopiedSlots<numStages, copiesInFlight> slots{shared + offsetFull};

  __device__ __forceinline__ void fill(const RoutedRows<tileN>& rows, int rowA, int kBlock, int scaleToken) {
    const uint32_t full = shared + offsetFull + slots.ring.stage * 8;
    waitBarrier(shared + offsetEmpty + slots.ring.stage * 8, slots.ring.parity ^ 1);
    if (threadIdx.x == 0) {
      arriveExpectingBytes(full, stageBytesA);
      loadBox(params.tmaA, shared + offsetA + slots.ring.stage * stageBytesA, full, kBlock * tileK, rowA, streamThroughL2);
    }
    rows.copy(params, shared + offsetB + slots.ring.stage * stageBytesB, kBlock);
    if (threadIdx.x < tileN) {
      const int64_t place = static_cast<int64_t>(kBlock) * params.numTokens + max(scaleToken, 0);
      const uint32_t scales = shared + offsetScales + slots.ring.stage * stageBytesScales;
      copy4(scales + threadIdx.x * 4, params.ptrDqSfsTokens + place, scaleToken >= 0);
    }
    slots.issued();
  }

  __device__ __forceinline__ void run(const Tiles& tiles) {
    const int numKBlocks = params.k / tileK;
#pragma unroll 1
    for (int index = blockIdx.x; index < tiles.count; index += gridDim.x) {
      const Tile tile = tiles.at(index);
      const int rowA = batchOfCta(params, tile.cta) * params.nm + tile.channel;
      const int limit = mnLimitOfCta(params, tile.cta);
      const RoutedRows<tileN> rows(params, tile.token(), limit);
      const int scaleToken = threadIdx.x < tileN ? routedToken(params, tile.token() + threadIdx.x, limit) : -1;
#pragma unroll 1
      for (int kBlock = 0; kBlock < numKBlocks; ++kBlock) fill(rows, rowA, kBlock, scaleToken);
    }
    slots.finish();
    letFollowingGridStart();
  }
};

// ---- The consumers -----------------------------------------------------------------------------------------------------

// The scales of a tile's weights, one a k block. They are loaded long before their use, those of 32 k blocks by the lanes of a
// warp; a shuffle hands them out.
struct WeightScales {
  static constexpr int blocks = threadsPerWarp;

  const float* first; // k block
  int lane, numKBlocks;
  float current, next;

  __device__ __forceinline__ float load(int kBlock) const { return __ldg(first + min(kBlock + lane, numKBlocks - 1)); }

  __device__ __forceinline__ float at(int kBlock) const { return __shfl_sync(0xffffffff, current, kBlock % blocks); }

  __device__ __forceinline__ void leave(int kBlock) {
    if (kBlock % blocks == blocks - 1) {
      current = next;
      next = load(kBlock + 1 + blocks);
    }
  }
};

struct Consumer {
  const KernelParams& params;
  const uint32_t shared;
  const int numKBlocks;
  const int warpgroup;          // 0 or 1 among the consumers
  const int thread, warp, lane; // within the warpgroup
  const int paddedTokens;
  Ring ring;

  __device__ __forceinline__ Consumer(const KernelParams& params, uint32_t shared)
      : params(params),
        shared(shared),
        numKBlocks(kBlocksOfSlice(params)),
        warpgroup(uniformWarpgroup() - 1),
        thread(threadIdx.x % threadsPerWarpgroup),
        warp(thread / threadsPerWarp),
        lane(thread % threadsPerWarp),
        paddedTokens(numPaddedTokens(params)) {}

  __device__ __forceinline__ WeightScales weightScales(const Tile& tile) const {
    WeightScales scales;
    if constexpr (blockScale) {
      const int rowOfBlocks = (batchOfCta(params, tile.cta) * params.nm + tile.channel) / 128;
      const int firstKBlock = sliceOfCta() * numKBlocks;
      scales.first = params.ptrDqSfsA + static_cast<int64_t>(rowOfBlocks) * (numKBlocks * slices) + firstKBlock;
      scales.lane = lane;
      scales.numKBlocks = numKBlocks;
      scales.current = scales.load(0);
      scales.next = scales.load(WeightScales::blocks);
    }
    return scales;
  }

  // The thread's two tokens of each group of eight: their first, within the tile.
  __device__ __forceinline__ int ownToken(int group) const { return group * 8 + lane % 4 * 2; }

  // This warp has read the slot: its products are done, and every lane has its scales.
  __device__ __forceinline__ void release(int stage) const {
    if constexpr (blockScale) __syncwarp();
    if (lane == 0) arrive(shared + offsetEmpty + stage * 8);
  }

  __device__ __forceinline__ void issueMmas(float (&d)[accumulators], bool accumulate) const {
    const uint64_t a = matrixDescriptor(shared + offsetA + ring.stage * stageBytesA + warpgroup * mmaM * swizzleRowBytes);
    const uint64_t b = matrixDescriptor(shared + offsetB + ring.stage * stageBytesB);
    wgmmaFence();
#pragma unroll
    for (int step = 0; step < mmasPerBlock; ++step) {
      const uint64_t along = descriptorUnits(step * mmaKBytes);
      wgmma<operand>(d, a + along, b + along, accumulate || step > 0);
    }
    wgmmaCommit();
  }

  // Adds a finished block of k to the sums, and gives its slot back.
  __device__ __forceinline__ void addBlock(float (&sum)[accumulators], float (&block)[accumulators], int stage, float weights) const {
    pinRegisters(block);
    const uint32_t scales = shared + offsetScales + stage * stageBytesScales;
#pragma unroll
    for (int group = 0; group < tileN / 8; ++group) {
      float2 tokens = {1.0f, 1.0f};
      if constexpr (blockScale) tokens = loadShared2(scales + ownToken(group) * 4);
      tokens.x *= weights;
      tokens.y *= weights;
#pragma unroll
      for (int i = group * 4; i < group * 4 + 4; ++i) {
        if constexpr (blockScale) sum[i] += (i % 2 == 0 ? tokens.x : tokens.y) * block[i];
        else sum[i] += block[i];
      }
    }
    release(stage);
  }

  // FP8. The tensor cores add with fewer mantissa bits than fp32 has. So they add up one k block only; the blocks are added
  // by ordinary instructions, which is also where the scales come in. Two blocks take turns: while the tensor cores are at
  // one, the other is added.
  __device__ __forceinline__ void multiplyInTurns(float (&sum)[accumulators], WeightScales& scales) {
    const auto issue = [&](float(&block)[accumulators], int& stage) {
      waitBarrier(shared + offsetFull + ring.stage * 8, ring.parity);
      issueMmas(block, false);
      stage = ring.stage;
      ring.advance();
    };
    // Waits for all but the `pending` newest blocks.
    const auto add = [&](auto pending, float(&block)[accumulators], int stage, int kBlock, Turn) {
      float weights = 1.0f;
      if constexpr (blockScale) {
        weights = scales.at(kBlock);
        scales.leave(kBlock);
      }
      wgmmaWait<pending>();
      addBlock(sum, block, stage, weights);
    };
    multiplyByTurns<accumulators, 2, int>(numKBlocks, issue, add);
  }

  // 16-bit operands: the tensor cores add up everything. The products of one block run while the next is waited for.
  __device__ __forceinline__ void multiplyThrough(float (&sum)[accumulators]) {
    int previous = 0;
#pragma unroll 1
    for (int kBlock = 0; kBlock < numKBlocks; ++kBlock, ring.advance()) {
      waitBarrier(shared + offsetFull + ring.stage * 8, ring.parity);
      pinRegisters(sum);
      issueMmas(sum, true);
      wgmmaWait<1>();
      if (kBlock > 0) release(previous);
      previous = ring.stage;
    }
    wgmmaWait<0>();
    pinRegisters(sum);
    release(previous);
  }

  // The thread's sums at the same place in every CTA of the cluster: neighbours in memory are neighbouring threads.
  __device__ __forceinline__ uint32_t slicePlace(int i) const {
    return shared + offsetSlice + (i * consumerThreads + threadIdx.x - threadsPerWarpgroup) * 4;
  }

  // Leaves the sums of a slice for the first CTA, as soon as it has read those of the tile before.
  __device__ __forceinline__ void leaveSlice(const float (&sum)[accumulators], uint32_t parity) const {
    waitBarrierOfCluster(shared + offsetSliceFree, parity ^ 1);
#pragma unroll
    for (int i = 0; i < accumulators; ++i) storeShared<float>(slicePlace(i), sum[i]);
    __syncwarp();
    if (lane == 0) arriveWithWritesAt(shared + offsetSlicesReady, 0);
  }

  // Adds the other slices' sums, always in the same order.
  __device__ __forceinline__ void addSlices(float (&sum)[accumulators], uint32_t parity) const {
    waitBarrierOfCluster(shared + offsetSlicesReady, parity);
    for (int slice = 1; slice < slices; ++slice) {
#pragma unroll
      for (int i = 0; i < accumulators; ++i) sum[i] += loadSharedAt(slicePlace(i), slice);
      __syncwarp();
      if (lane == 0) arriveWithWritesAt(shared + offsetSliceFree, slice);
    }
  }

  // The largest magnitude of each of the thread's tokens over the tile's 128 channels.
  __device__ __forceinline__ void tokenMaxima(const float (&sum)[accumulators], float (&maxima)[tileN / 4]) const {
    const uint32_t exchange = shared + offsetMaxima;
#pragma unroll
    for (int i = 0; i < tileN / 4; ++i) {
      const int first = i / 2 * 4 + i % 2;
      maxima[i] = fmaxf(fabsf(sum[first]), fabsf(sum[first + 2]));
#pragma unroll
      for (int distance = 4; distance < threadsPerWarp; distance *= 2) {
        maxima[i] = fmaxf(maxima[i], __shfl_xor_sync(0xffffffff, maxima[i], distance));
      }
      const int column = (warpgroup * 4 + warp) * tileN + ownToken(i / 2) + i % 2;
      if (lane < 4) storeShared<float>(exchange + column * 4, maxima[i]);
    }
    syncThreads(3, consumerThreads);
#pragma unroll
    for (int i = 0; i < tileN / 4; ++i) {
      for (int other = 0; other < consumerWarps; ++other) {
        maxima[i] = fmaxf(maxima[i], loadShared(exchange + (other * tileN + ownToken(i / 2) + i % 2) * 4));
      }
    }
    syncThreads(3, consumerThreads); // the next tile may write there
  }

  // A thread's accumulators are neighbours along the tokens, and C wants neighbours along the channels: stmatrix transposes
  // on the way. Of each group of eight tokens it takes two 8 x 8 matrices: the warp's channels 0-7 and 8-15.
  __device__ __forceinline__ void stage16(const float (&sum)[accumulators], uint32_t staging, int validTokens, float scale) const {
    const int row = lane % 8;
    const int chunk = 2 * warp + lane / 8 % 2;
#pragma unroll
    for (int group = 0; group < tileN / 8; ++group) {
      const bool valid0 = ownToken(group) < validTokens, valid1 = ownToken(group) + 1 < validTokens;
      uint32_t packed[2];
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const float* pair = &sum[group * 4 + i * 2];
        packed[i] = pack16<output>(valid0 ? pair[0] * scale : 0.0f, valid1 ? pair[1] * scale : 0.0f);
      }
      storeMatricesTransposed(staging + (group * 8 + row) * stagingRowBytes + (chunk ^ row) * 16, packed);
    }
  }

  // E4m3, byte by byte: rows of 64 bytes, whose four 16-byte chunks are permuted by every second row ("swizzle 64B").
  __device__ __forceinline__ void stageE4m3(const float (&sum)[accumulators], uint32_t staging, int validTokens,
                                            const float (&scales)[tileN / 4]) const {
#pragma unroll
    for (int i = 0; i < accumulators; ++i) {
      const int token = ownToken(i / 4) + i % 2;
      const int place = lane / 4 + i % 4 / 2 * 8; // in the warp's chunk of 16 channels
      const float value = token < validTokens ? sum[i] * scales[i / 4 * 2 + i % 2] : 0.0f;
      const uint32_t address = staging + token * stagingRowBytes + (warp ^ token / 2 % 4) * 16 + place;
      asm volatile("st.shared.b8 [%0], %1;" ::"r"(address), "r"(static_cast<uint32_t>(packE4m3(value, 0.0f))) : "memory");
    }
  }

  // Stores the tile. Tokens from the limit on are padding: what lies there in B may be anything, NaN included, so their sums
  // are replaced, not multiplied, by zero.
  __device__ __forceinline__ void store(const float (&sum)[accumulators], const Tile& tile, float tensorScale) const {
    const int validTokens = mnLimitOfCta(params, tile.cta) - tile.token();
    const uint32_t staging = shared + offsetC + warpgroup * stagingBytesC;
    const int barrier = 1 + warpgroup;

    if (thread == 0) waitStoresRead(); // of the tile before
    syncThreads(barrier, threadsPerWarpgroup);

    if constexpr (output == Output::e4m3) {
      float scales[tileN / 4];
#pragma unroll
      for (int i = 0; i < tileN / 4; ++i) scales[i] = tensorScale;
      if constexpr (outputScales) {
        float maxima[tileN / 4];
        tokenMaxima(sum, maxima);
        float* stored = params.ptrDqSfsC + static_cast<int64_t>(tile.channel / 128) * paddedTokens + tile.token();
#pragma unroll
        for (int i = 0; i < tileN / 4; ++i) {
          const int token = ownToken(i / 2) + i % 2;
          scales[i] = maxima[i] > 0 ? largestE4m3 / maxima[i] : 1.0f;
          if (threadIdx.x - threadsPerWarpgroup < 4) {
            stored[token] = token < validTokens && maxima[i] > 0 ? maxima[i] / largestE4m3 : 1.0f;
          }
        }
      }
      stageE4m3(sum, staging, validTokens, scales);
    } else {
      stage16(sum, staging, validTokens, tensorScale);
    }

    fenceSharedWritesForAsync();
    syncThreads(barrier, threadsPerWarpgroup);
    if (thread == 0) {
      storeBox(params.tmaC, staging, tile.channel + warpgroup * mmaM, tile.token());
      commitStores();
    }
  }

  __device__ __forceinline__ void run(const Tiles& tiles) {
    const float tensorScale = !blockScale && params.ptrScaleC != nullptr ? *params.ptrScaleC : 1.0f;
    int index = blockIdx.x;
    if (index >= tiles.count) return;

    Tile tile = tiles.at(index);
    WeightScales scales = weightScales(tile);
    uint32_t parity = 0; // of the tile
#pragma unroll 1
    for (;;) {
      // The next tile's first scales are asked for a tile ahead: they may come from memory that is busy with the weights.
      const Tile stored = tile;
      index += gridDim.x;
      const bool last = index >= tiles.count;
      if (!last) tile = tiles.at(index);
      const WeightScales following = weightScales(tile);

      float sum[accumulators] = {};
      if constexpr (operand == Operand::e4m3) multiplyInTurns(sum, scales);
      else multiplyThrough(sum);
      scales = following;

      if constexpr (slices > 1) {
        if (sliceOfCta() == 0) addSlices(sum, parity);
        else leaveSlice(sum, parity);
        parity ^= 1;
      }
      if (sliceOfCta() == 0) store(sum, stored, tensorScale);
      if (last) break;
    }
    if (thread == 0) waitStoresWritten(); // the CTA's shared memory has to outlive them
  }
};

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
      initBarrier(shared + offsetFull + stage * 8, producerArrivals); // plus the bytes that are announced
      initBarrier(shared + offsetEmpty + stage * 8, consumerWarps);    // one lane of each
    }
    if constexpr (slices > 1) {
      initBarrier(shared + offsetSlicesReady, (slices - 1) * consumerWarps);
      initBarrier(shared + offsetSliceFree, consumerWarps);
    }
    makeBarrierInitVisible();
  }
  if constexpr (slices == 1) __syncthreads();
  else syncCluster();

  // Everything above touches no global memory, so it overlaps the end of the preceding grid.
  waitForPrecedingGrid();
  const Tiles tiles(params);

  if (threadIdx.x >= threadsPerWarpgroup) {
    if constexpr (movesRegisters) takeRegisters<consumerRegisters>();
    Consumer(params, shared).run(tiles);
  } else {
    if constexpr (movesRegisters) giveUpRegisters<producerRegisters>();
    if constexpr (routed) RoutedProducer{params, shared}.run(tiles);
    else if (threadIdx.x == 0) produce(params, shared, tiles);
  }

  // A CTA's sums and barriers have to outlive the first one's reading.
  if constexpr (slices > 1) {
    __syncwarp();
    syncCluster();
  }
}
