// Batched GEMM for Hopper (sm_90a), batchM: the tokens of each expert are the rows of the product. For prefill, where experts
// have many tokens.
//
//   A  activations       [paddedTokens,   k]   k contiguous
//   B  experts' weights  [numBatches * n, k]   k contiguous
//   C  output            [paddedTokens,   n]   n contiguous
//
// The tokens of each expert start at a multiple of tileM in the padded token space, so one tile never serves two experts.
//
// A persistent kernel: each cluster works off every (number of clusters)-th tile. Three warpgroups. One thread of the first is
// the producer: it keeps numStages (A, B) tile pairs in flight with TMA, also across tiles. The other two are consumers:
// each multiplies its 64 rows of every 128, adds the blocks of k up with their scales, and stores its part of C, while the
// other one goes on using the tensor cores. In a cluster of two, the CTAs compute neighbouring channel tiles of the same
// tokens: each loads its own B, and they take turns at loading A for both.
//
// Built with ROUTED, the tokens are not in order: the producer warpgroup gathers them.
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
constexpr int clusterSize = CLUSTER_SIZE;
constexpr bool blockScale = BLOCK_SCALE; // DeepSeek: a scale per token and 128 of k, one per 128 x 128 weights
constexpr bool routed = ROUTED;
constexpr Operand operand = Operand::OPERAND;
constexpr Output output = Output::OUTPUT;

// ---- The tile, and its place in shared memory --------------------------------------------------------------------------

constexpr int operandBytes = operand == Operand::e4m3 ? 1 : 2;
constexpr int tileK = swizzleRowBytes / operandBytes;
constexpr int mmaM = 64;
constexpr int mmaKBytes = 32;
constexpr int mmasPerBlock = swizzleRowBytes / mmaKBytes;

constexpr int consumers = 2; // warpgroups
constexpr int waves = tileM / (consumers * mmaM);
constexpr int accumulators = mmaM * tileN / threadsPerWarpgroup; // fp32 registers of a thread for 64 rows

constexpr int stageBytesA = tileM * swizzleRowBytes;
constexpr int stageBytesB = tileN * swizzleRowBytes;

// A consumer stages 64 rows of C at a time, in boxes that are one swizzle row wide.
constexpr int outputBytes = output == Output::e4m3 ? 1 : 2;
constexpr int boxChannels = swizzleRowBytes / outputBytes;
constexpr int boxesC = tileN / boxChannels;
constexpr int boxBytesC = mmaM * swizzleRowBytes;
constexpr int stagingBytesC = boxesC * boxBytesC;

constexpr int offsetA = 0;
constexpr int offsetB = offsetA + numStages * stageBytesA;
constexpr int offsetC = offsetB + numStages * stageBytesB;
constexpr int offsetFull = offsetC + consumers * stagingBytesC;
constexpr int offsetEmpty = offsetFull + numStages * 8;
constexpr int sharedMemSize = offsetEmpty + numStages * 8;

constexpr int threadsPerCta = (1 + consumers) * threadsPerWarpgroup;
constexpr int warpsPerConsumer = threadsPerWarpgroup / threadsPerWarp;

// Of the 65,536 registers of a multiprocessor, the producer needs few: more if it gathers tokens.
constexpr int producerRegisters = routed ? 56 : 40;
constexpr int consumerRegisters = routed ? 224 : 232;

static_assert(tileM == 128 || tileM == 256, "written for one or two waves of 128 rows");
static_assert(tileN == 128, "one weight scale, one output scale and one accumulator a row");
static_assert(clusterSize == 1 || clusterSize == 2);
static_assert(!blockScale || operand == Operand::e4m3, "only FP8 has block scales");
static_assert(output != Output::e4m3 || operand == Operand::e4m3);
static_assert((producerRegisters + consumers * consumerRegisters) * threadsPerWarpgroup <= 65536);
static_assert(!routed || (blockScale && clusterSize == 1));
static_assert(threadsPerCta == THREADS_PER_CTA && sharedMemSize == SHARED_MEM_SIZE, "the catalog says otherwise");

// ---- The tiles and their order -----------------------------------------------------------------------------------------

// Tiles that are worked on at the same time should share what they read: tokens and channels of a square of tiles rather than
// of a stripe. This many token tiles are taken together, then the channels are gone through.
constexpr int tokenTilesTogether = 1024 / tileM;

struct Tile {
  int cta;     // index along the tokens
  int channel; // first one

  __device__ __forceinline__ int token() const { return cta * tileM; }
};

struct Tiles {
  int along, pairs, count; // token tiles, (clusters of) channel tiles, both together

  __device__ __forceinline__ explicit Tiles(const KernelParams& params)
      : along(ctasAlongTokens(params, tileM)), pairs(params.nm / (tileN * clusterSize)), count(along * pairs) {}

  __device__ __forceinline__ Tile at(int index) const {
    const int perGroup = tokenTilesTogether * pairs;
    const int firstCta = index / perGroup * tokenTilesTogether;
    const int height = min(tokenTilesTogether, along - firstCta);
    const int inGroup = index % perGroup;
    const int rank = clusterSize == 1 ? 0 : rankInCluster();
    return {firstCta + inGroup % height, (inGroup / height * clusterSize + rank) * tileN};
  }
};

// The producer waits for this many free slots at a time, and then fills them together: neighbouring pieces of a row of weights
// reach the memory at the same time and are read from the same open page. Measured where memory is the limit: 2 to 3 % more bytes a second.
constexpr int blocksTogether = numStages >= 6 ? 2 : 1;

using Ring = RingOf<numStages>;

// ---- The producer ------------------------------------------------------------------------------------------------------

// Waits until the next blocksTogether slots are empty.
__device__ __forceinline__ void waitForEmptySlots(uint32_t shared, Ring ring) {
#pragma unroll
  for (int i = 0; i < blocksTogether; ++i, ring.advance()) waitBarrier(shared + offsetEmpty + ring.stage * 8, ring.parity ^ 1);
}

// One thread. Fills the slots as soon as the consumers, of both CTAs of the cluster, have emptied them.
__device__ __forceinline__ void produce(const KernelParams& params, uint32_t shared, const Tiles& tiles) {
  const int numKBlocks = params.k / tileK;
  const uint32_t rank = clusterSize == 1 ? 0 : rankInCluster();
  uint32_t turn = 0; // whose it is to load A for the cluster
  Ring ring;
  int blocks = 0; // filled

#pragma unroll 1
  for (int index = blockIdx.x / clusterSize; index < tiles.count; index += gridDim.x / clusterSize) {
    const Tile tile = tiles.at(index);
    const int rowB = batchOfCta(params, tile.cta) * params.nm + tile.channel;

#pragma unroll 1
    for (int kBlock = 0; kBlock < numKBlocks; ++kBlock, ++blocks, ring.advance()) {
      const uint32_t full = shared + offsetFull + ring.stage * 8;
      if (blocks % blocksTogether == 0) waitForEmptySlots(shared, ring);
      arriveExpectingBytes(full, stageBytesA + stageBytesB);

      const uint32_t a = shared + offsetA + ring.stage * stageBytesA;
      if constexpr (clusterSize == 1) {
        loadBox(params.tmaA, a, full, kBlock * tileK, tile.token(), usualInL2);
      } else {
        if (turn == rank) {
          loadBoxForCluster(params.tmaA, a, full, kBlock * tileK, tile.token(), (1 << clusterSize) - 1, usualInL2);
        }
        turn ^= 1;
      }
      loadBox(params.tmaB, shared + offsetB + ring.stage * stageBytesB, full, kBlock * tileK, rowB, streamThroughL2);
    }
  }

  // Not earlier: a following grid that starts now finds room on the multiprocessors that finish, without taking the
  // memory bandwidth this grid still needs. Its own griddepcontrol.wait holds it until our output is written.
  letFollowingGridStart();
}

// All threads of the producer warpgroup: gather the tokens; the first also loads the weights. A slot is full when the weights'
// bytes have come, too.
constexpr int copiesInFlight = 2;
constexpr int producerArrivals = routed ? 1 + threadsPerWarpgroup : 1;

struct RoutedProducer {
  const KernelParams& params;
  const uint32_t shared;
  CopiedSlots<numStages, copiesInFlight> slots{shared + offsetFull};

  __device__ __forceinline__ void fill(const RoutedRows<tileM>& rows, int rowB, int kBlock) {
    const uint32_t full = shared + offsetFull + slots.ring.stage * 8;
    waitBarrier(shared + offsetEmpty + slots.ring.stage * 8, slots.ring.parity ^ 1);
    if (threadIdx.x == 0) {
      arriveExpectingBytes(full, stageBytesB);
      loadBox(params.tmaB, shared + offsetB + slots.ring.stage * stageBytesB, full, kBlock * tileK, rowB, usualInL2);
    }
    rows.copy(params, shared + offsetA + slots.ring.stage * stageBytesA, kBlock);
    slots.issued();
  }

  __device__ __forceinline__ void run(const Tiles& tiles) {
    const int numKBlocks = params.k / tileK;
#pragma unroll 1
    for (int index = blockIdx.x; index < tiles.count; index += gridDim.x) {
      const Tile tile = tiles.at(index);
      const int rowB = batchOfCta(params, tile.cta) * params.nm + tile.channel;
      const RoutedRows<tileM> rows(params, tile.token(), mnLimitOfCta(params, tile.cta));
#pragma unroll 1
      for (int kBlock = 0; kBlock < numKBlocks; ++kBlock) fill(rows, rowB, kBlock);
    }
    slots.finish();
    letFollowingGridStart();
  }
};

// ---- The consumers -----------------------------------------------------------------------------------------------------

// The scales of a tile. Each thread needs those of its two rows a wave and of the weights, for every k block. They are loaded
// long before their use: the four lanes that share rows load those of four k blocks, a block each, and the warp's lanes the
// weights' scales of 32 k blocks; shuffles hand them out. What is loaded next waits in a second set of registers.
struct Scales {
  static constexpr int rowBlocks = 4, weightBlocks = threadsPerWarp;

  const float* rows;    // of the first k block: the thread's first row, or, if routed, token 0
  int token[waves][2];  // routed only; -1: stands for no token
  const float* weights; // of the first k block
  int64_t rowsPerKBlock;
  int lane, numKBlocks;

  float row[waves][2], nextRow[waves][2];
  float weight, nextWeight;

  __device__ __forceinline__ void loadRows(float (&row)[waves][2], int kBlock) const {
    const float* ofBlock = rows + min(kBlock + lane % rowBlocks, numKBlocks - 1) * rowsPerKBlock;
#pragma unroll
    for (int wave = 0; wave < waves; ++wave) {
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        if constexpr (routed) row[wave][i] = token[wave][i] >= 0 ? __ldg(ofBlock + token[wave][i]) : 0.0f;
        else row[wave][i] = __ldg(ofBlock + wave * consumers * mmaM + i * 8);
      }
    }
  }

  __device__ __forceinline__ float loadWeight(int kBlock) const { return __ldg(weights + min(kBlock + lane, numKBlocks - 1)); }

  __device__ __forceinline__ void loadFirst() {
    if constexpr (!blockScale) return;
    loadRows(row, 0);
    loadRows(nextRow, rowBlocks);
    weight = loadWeight(0);
    nextWeight = loadWeight(weightBlocks);
  }

  // The scales of a block of 64 rows.
  __device__ __forceinline__ void at(int kBlock, int wave, float& scale0, float& scale1) const {
    const float ofWeights = __shfl_sync(0xffffffff, weight, kBlock % weightBlocks);
    scale0 = __shfl_sync(0xffffffff, row[wave][0], kBlock % rowBlocks, rowBlocks) * ofWeights;
    scale1 = __shfl_sync(0xffffffff, row[wave][1], kBlock % rowBlocks, rowBlocks) * ofWeights;
  }

  __device__ __forceinline__ void leave(int kBlock) {
    if constexpr (!blockScale) return;
    if (kBlock % rowBlocks == rowBlocks - 1) {
#pragma unroll
      for (int i = 0; i < 2 * waves; ++i) row[i / 2][i % 2] = nextRow[i / 2][i % 2];
      loadRows(nextRow, kBlock + 1 + rowBlocks);
    }
    if (kBlock % weightBlocks == weightBlocks - 1) {
      weight = nextWeight;
      nextWeight = loadWeight(kBlock + 1 + weightBlocks);
    }
  }
};

struct Consumer {
  const KernelParams& params;
  const uint32_t shared;
  const int numKBlocks;
  const int warpgroup;             // 0 or 1 among the consumers
  const int thread, warp, lane;    // within the warpgroup
  const int paddedTokens;
  Ring ring;

  __device__ __forceinline__ Consumer(const KernelParams& params, uint32_t shared)
      : params(params),
        shared(shared),
        numKBlocks(params.k / tileK),
        warpgroup(uniformWarpgroup() - 1),
        thread(threadIdx.x % threadsPerWarpgroup),
        warp(thread / threadsPerWarp),
        lane(thread % threadsPerWarp),
        paddedTokens(numPaddedTokens(params)) {}

  // First row, within the tile, of the 64 of a wave, and the thread's first own row. Its second one is eight further.
  __device__ __forceinline__ int firstRow(int wave) const { return (wave * consumers + warpgroup) * mmaM; }
  __device__ __forceinline__ int ownRow(int wave) const { return firstRow(wave) + warp * 16 + lane / 4; }

  __device__ __forceinline__ Scales scalesOf(const Tile& tile) const {
    Scales scales;
    if constexpr (blockScale) {
      scales.lane = lane;
      scales.numKBlocks = numKBlocks;
      scales.rows = routed ? params.ptrDqSfsTokens : params.ptrDqSfsA + tile.token() + ownRow(0);
      scales.rowsPerKBlock = routed ? params.numTokens : paddedTokens;
      if constexpr (routed) {
        const int limit = mnLimitOfCta(params, tile.cta);
#pragma unroll
        for (int i = 0; i < 2 * waves; ++i) {
          scales.token[i / 2][i % 2] = routedToken(params, tile.token() + ownRow(i / 2) + i % 2 * 8, limit);
        }
      }
      const int rowOfBlocks = (batchOfCta(params, tile.cta) * params.nm + tile.channel) / 128;
      scales.weights = params.ptrDqSfsB + static_cast<int64_t>(rowOfBlocks) * numKBlocks;
      scales.loadFirst();
    }
    return scales;
  }

  // This warp has read the slot, here and, in a cluster, what the other CTA loaded into it.
  __device__ __forceinline__ void release(int stage) const {
    const uint32_t empty = shared + offsetEmpty + stage * 8;
    if constexpr (clusterSize == 1) {
      if (lane == 0) arrive(empty);
    } else {
      if (lane < clusterSize) arriveAt(empty, lane);
    }
  }

  __device__ __forceinline__ void issueMmas(float (&d)[accumulators], int wave, bool accumulate) const {
    const uint64_t a = matrixDescriptor(shared + offsetA + ring.stage * stageBytesA + firstRow(wave) * swizzleRowBytes);
    const uint64_t b = matrixDescriptor(shared + offsetB + ring.stage * stageBytesB);
    wgmmaFence();
#pragma unroll
    for (int step = 0; step < mmasPerBlock; ++step) {
      const uint64_t along = descriptorUnits(step * mmaKBytes);
      wgmma<operand>(d, a + along, b + along, accumulate || step > 0);
    }
    wgmmaCommit();
  }

  // Adds a finished block of k to the sums of its rows.
  __device__ __forceinline__ void addBlock(float (&sum)[accumulators], float (&block)[accumulators], float scale0,
                                           float scale1) const {
    pinRegisters(block);
#pragma unroll
    for (int i = 0; i < accumulators; ++i) {
      if constexpr (blockScale) sum[i] += (i % 4 < 2 ? scale0 : scale1) * block[i];
      else sum[i] += block[i];
    }
  }

  // FP8. The tensor cores add with fewer mantissa bits than fp32 has. So they add up one k block only; the blocks are added
  // by ordinary instructions, which is also where the scales come in.
  //
  // Two waves: there are registers for one block beside the sums. While it is added, the other consumer uses the tensor cores.
  template <int two>
  __device__ __forceinline__ void multiplySerially(float (&sum)[two][accumulators], Scales& scales) {
    float block[accumulators];
    float scale0 = 1.0f, scale1 = 1.0f;

    waitBarrier(shared + offsetFull + ring.stage * 8, ring.parity);
#pragma unroll 1
    for (int kBlock = 0; kBlock < numKBlocks; ++kBlock) {
      const int stage = ring.stage;
      issueMmas(block, 0, false);
      if constexpr (blockScale) scales.at(kBlock, 0, scale0, scale1);
      wgmmaWait<0>();
      addBlock(sum[0], block, scale0, scale1);

      issueMmas(block, 1, false);
      if constexpr (blockScale) scales.at(kBlock, 1, scale0, scale1);
      scales.leave(kBlock);
      ring.advance();
      wgmmaWait<0>();
      release(stage);
      // Before the block is added: what stands between the last sum and the next product is time of the tensor cores.
      if (kBlock + 1 < numKBlocks) waitBarrier(shared + offsetFull + ring.stage * 8, ring.parity);
      addBlock(sum[1], block, scale0, scale1);
    }
  }

  // One wave: two blocks take turns, so that the tensor cores are at one while the other is added.
  template <int one>
  __device__ __forceinline__ void multiplyInTurns(float (&sum)[one][accumulators], Scales& scales) {
    const auto issue = [&](float(&block)[accumulators], int& stage) {
      waitBarrier(shared + offsetFull + ring.stage * 8, ring.parity);
      issueMmas(block, 0, false);
      stage = ring.stage;
      ring.advance();
    };
    // Waits for all but the `pending` newest blocks.
    const auto add = [&](auto pending, float(&block)[accumulators], int stage, int kBlock) {
      float scale0 = 1.0f, scale1 = 1.0f;
      if constexpr (blockScale) scales.at(kBlock, 0, scale0, scale1);
      scales.leave(kBlock);
      wgmmaWait<pending>();
      release(stage);
      addBlock(sum[0], block, scale0, scale1);
    };
    multiplyByTurns<accumulators>(numKBlocks, issue, add);
  }

  // 16-bit operands: the tensor cores add up everything. The products of one block run while the next is waited for.
  __device__ __forceinline__ void multiplyThrough(float (&sum)[waves][accumulators]) {
    int previous = 0;
#pragma unroll 1
    for (int kBlock = 0; kBlock < numKBlocks; ++kBlock, ring.advance()) {
      waitBarrier(shared + offsetFull + ring.stage * 8, ring.parity);
#pragma unroll
      for (int wave = 0; wave < waves; ++wave) {
        pinRegisters(sum[wave]);
        issueMmas(sum[wave], wave, true);
      }
      wgmmaWait<waves>();
      if (kBlock > 0) release(previous);
      previous = ring.stage;
    }
    wgmmaWait<0>();
#pragma unroll
    for (int wave = 0; wave < waves; ++wave) pinRegisters(sum[wave]);
    release(previous);
  }

  // Writes 64 rows to the staging buffer, 16 bits an element.
  __device__ __forceinline__ void stage16(const float (&sum)[accumulators], uint32_t staging, float scale0, float scale1,
                                          bool valid0, bool valid1) const {
    // stmatrix takes four 8 x 8 matrices: rows 0-7 and 8-15 of the warp's 16, of one chunk of 8 channels and of the next.
    const int matrix = lane / 8;
    const int row = warp * 16 + matrix % 2 * 8 + lane % 8;
#pragma unroll
    for (int group = 0; group < tileN / 8; group += 2) {
      uint32_t packed[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const float* pair = &sum[(group + i / 2) * 4 + i % 2 * 2];
        const float scale = i % 2 == 0 ? scale0 : scale1;
        const bool valid = i % 2 == 0 ? valid0 : valid1;
        packed[i] = valid ? pack16<output>(pair[0] * scale, pair[1] * scale) : 0;
      }
      const int chunk = group + matrix / 2;
      storeMatrices(staging + chunk / 8 * boxBytesC + row * swizzleRowBytes + (chunk % 8 ^ row % 8) * 16, packed);
    }
  }

  // The same for E4m3.
  __device__ __forceinline__ void stageE4m3(const float (&sum)[accumulators], uint32_t staging, float scale0, float scale1,
                                            bool valid0, bool valid1) const {
    const int row = warp * 16 + lane / 4;
#pragma unroll
    for (int group = 0; group < tileN / 8; ++group) {
      const uint32_t address = staging + row * swizzleRowBytes + (group / 2 ^ row % 8) * 16 + group % 2 * 8 + lane % 4 * 2;
      const float* d = &sum[group * 4];
      storeShared<uint16_t>(address, valid0 ? packE4m3(d[0] * scale0, d[1] * scale0) : 0);
      storeShared<uint16_t>(address + 8 * swizzleRowBytes, valid1 ? packE4m3(d[2] * scale1, d[3] * scale1) : 0);
    }
  }

  // The largest magnitude of each of the thread's two rows. Four neighbouring lanes hold a row.
  __device__ __forceinline__ void rowMaxima(const float (&sum)[accumulators], float& max0, float& max1) const {
    max0 = max1 = 0.0f;
#pragma unroll
    for (int i = 0; i < accumulators; i += 4) {
      max0 = fmaxf(max0, fmaxf(fabsf(sum[i]), fabsf(sum[i + 1])));
      max1 = fmaxf(max1, fmaxf(fabsf(sum[i + 2]), fabsf(sum[i + 3])));
    }
#pragma unroll
    for (int distance = 1; distance < 4; distance *= 2) {
      max0 = fmaxf(max0, __shfl_xor_sync(0xffffffff, max0, distance));
      max1 = fmaxf(max1, __shfl_xor_sync(0xffffffff, max1, distance));
    }
  }

  // Stores the tile. Rows from the limit on are padding: what lies there in A may be anything, NaN included, so their sums
  // are replaced, not multiplied, by zero.
  __device__ __forceinline__ void store(const float (&sum)[waves][accumulators], const Tile& tile, float tensorScale) const {
    const int limit = mnLimitOfCta(params, tile.cta) - tile.token();
    const uint32_t staging = shared + offsetC + warpgroup * stagingBytesC;
    const int barrier = 1 + warpgroup;

#pragma unroll
    for (int wave = 0; wave < waves; ++wave) {
      const int row = ownRow(wave);
      const bool valid0 = row < limit, valid1 = row + 8 < limit;
      float scale0 = tensorScale, scale1 = tensorScale;

      if constexpr (blockScale && output == Output::e4m3) {
        float max0, max1;
        rowMaxima(sum[wave], max0, max1);
        float* scales = params.ptrDqSfsC + static_cast<int64_t>(tile.channel / 128) * paddedTokens + tile.token() + row;
        if (lane % 4 == 0) {
          scales[0] = valid0 && max0 > 0 ? max0 / largestE4m3 : 1.0f;
          scales[8] = valid1 && max1 > 0 ? max1 / largestE4m3 : 1.0f;
        }
        scale0 = max0 > 0 ? largestE4m3 / max0 : 1.0f;
        scale1 = max1 > 0 ? largestE4m3 / max1 : 1.0f;
      }

      if (thread == 0) waitStoresRead(); // of the wave or tile before
      syncThreads(barrier, threadsPerWarpgroup);
      if constexpr (output == Output::e4m3) stageE4m3(sum[wave], staging, scale0, scale1, valid0, valid1);
      else stage16(sum[wave], staging, scale0, scale1, valid0, valid1);
      fenceSharedWritesForAsync();
      syncThreads(barrier, threadsPerWarpgroup);

      if (thread == 0) {
#pragma unroll
        for (int box = 0; box < boxesC; ++box) {
          storeBox(params.tmaC, staging + box * boxBytesC, tile.channel + box * boxChannels, tile.token() + firstRow(wave));
        }
        commitStores();
      }
    }
  }

  __device__ __forceinline__ void run(const Tiles& tiles) {
    const float tensorScale = !blockScale && params.ptrScaleC != nullptr ? *params.ptrScaleC : 1.0f;
    const int step = gridDim.x / clusterSize;
    int index = blockIdx.x / clusterSize;
    if (index >= tiles.count) return;

    Tile tile = tiles.at(index);
    Scales scales = scalesOf(tile);
#pragma unroll 1
    for (;;) {
      float sum[waves][accumulators] = {};
      if constexpr (operand != Operand::e4m3) multiplyThrough(sum);
      else if constexpr (waves == 1) multiplyInTurns(sum, scales);
      else multiplySerially(sum, scales);

      // The next tile's first scales are asked for before this one is stored.
      const Tile stored = tile;
      index += step;
      const bool last = index >= tiles.count;
      if (!last) {
        tile = tiles.at(index);
        scales = scalesOf(tile);
      }
      store(sum, stored, tensorScale);
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
      initBarrier(shared + offsetEmpty + stage * 8, clusterSize * consumers * warpsPerConsumer); // one lane of each warp
    }
    makeBarrierInitVisible();
  }
  if constexpr (clusterSize == 1) __syncthreads();
  else syncCluster();

  // Everything above touches no global memory, so it overlaps the end of the preceding grid.
  waitForPrecedingGrid();
  const Tiles tiles(params);

  if (threadIdx.x < threadsPerWarpgroup) {
    giveUpRegisters<producerRegisters>();
    if constexpr (routed) RoutedProducer{params, shared}.run(tiles);
    else if (threadIdx.x == 0) produce(params, shared, tiles);
  } else {
    takeRegisters<consumerRegisters>();
    Consumer(params, shared).run(tiles);
  }

  // A CTA's barriers and stages have to outlive what the other one sends to them.
  if constexpr (clusterSize > 1) {
    __syncwarp();
    syncCluster();
  }
}
