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
constexpr int producerRegisters = routed ? 56 : 24;
constexpr int consumerRegisters = routed ? 224 : 240;

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

// The scales of the k blocks: for each of a thread's two rows a wave, the row's times the weights'. They are loaded long before
// their use, a k block by each of the four lanes that share rows, and multiplied when their turn comes; shuffles hand them out.
constexpr int rowBlocks = 4;

__device__ __forceinline__ constexpr Turn turnOf(int i) {
  return i == 0 ? Turn::first : i == rowBlocks - 1 ? Turn::last : Turn::between;
}

struct BlockScales {
  const int ofLane; // which of the k blocks that are loaded together this lane loads
  const int numKBlocks;

  // Where those of a tile are, for the first k block.
  const float* rows;   // the thread's first row, or, if routed, token 0
  int token[waves][2]; // routed only; -1: stands for no token
  const float* weights;
  int64_t rowsPerKBlock;

  float scale[waves][2], nextRow[waves][2], nextWeight;

  __device__ __forceinline__ BlockScales(int lane, int numKBlocks) : ofLane(lane % rowBlocks), numKBlocks(numKBlocks) {}

  // `ownRow` is the thread's first row within the tile.
  __device__ __forceinline__ void enter(const KernelParams& params, const Tile& tile, int ownRow, int paddedTokens) {
    rows = routed ? params.ptrDqSfsTokens : params.ptrDqSfsA + tile.token() + ownRow;
    rowsPerKBlock = routed ? params.numTokens : paddedTokens;
    if constexpr (routed) {
      const int limit = mnLimitOfCta(params, tile.cta);
#pragma unroll
      for (int wave = 0; wave < waves; ++wave) {
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          token[wave][i] = routedToken(params, tile.token() + ownRow + wave * consumers * mmaM + i * 8, limit);
        }
      }
    }
    const int rowOfBlocks = (batchOfCta(params, tile.cta) * params.nm + tile.channel) / 128;
    weights = params.ptrDqSfsB + static_cast<int64_t>(rowOfBlocks) * numKBlocks;
  }

  // Asks for the scales from a k block on, a multiple of rowBlocks. rotate() puts them to use. The compiler waits for what is
  // loaded where it is used, whether that code is executed or not; so some k blocks of code should lie between the two.
  __device__ __forceinline__ void loadNext(int kBlock) {
    const int own = min(kBlock + ofLane, numKBlocks - 1);
    const float* ofBlock = rows + own * rowsPerKBlock;
#pragma unroll
    for (int wave = 0; wave < waves; ++wave) {
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        if constexpr (routed) nextRow[wave][i] = token[wave][i] >= 0 ? __ldg(ofBlock + token[wave][i]) : 0.0f;
        else nextRow[wave][i] = __ldg(ofBlock + wave * consumers * mmaM + i * 8);
      }
    }
    nextWeight = __ldg(weights + own);
  }

  __device__ __forceinline__ void rotate() {
#pragma unroll
    for (int i = 0; i < 2 * waves; ++i) scale[i / 2][i % 2] = nextRow[i / 2][i % 2] * nextWeight;
  }

  // The scales of a block of 64 rows.
  __device__ __forceinline__ void at(int kBlock, int wave, float& scale0, float& scale1) const {
    scale0 = __shfl_sync(0xffffffff, scale[wave][0], kBlock % rowBlocks, rowBlocks);
    scale1 = __shfl_sync(0xffffffff, scale[wave][1], kBlock % rowBlocks, rowBlocks);
  }
};

// With a scale per tensor, which is applied when a tile is stored, or none.
struct NoScales {
  __device__ __forceinline__ NoScales(int, int) {}
  __device__ __forceinline__ void enter(const KernelParams&, const Tile&, int, int) {}
  __device__ __forceinline__ void loadNext(int) {}
  __device__ __forceinline__ void rotate() {}
  __device__ __forceinline__ void at(int, int, float& scale0, float& scale1) const { scale0 = scale1 = 1.0f; }
};

struct Consumer {
  const KernelParams& params;
  const Tiles& tiles;
  const uint32_t shared;
  const int numKBlocks;
  const int warpgroup;             // 0 or 1 among the consumers
  const int thread, warp, lane;    // within the warpgroup
  const int paddedTokens;
  const float tensorScale;

  int index; // of the tile that is multiplied, or asked for next
  Tile tile;
  std::conditional_t<blockScale, BlockScales, NoScales> scales;

  // A slot of the ring, with what wgmma wants to know of it. It is found while other products run: between a sum and the next
  // product, the chain of instructions from a stage's number to a descriptor would be time of the tensor cores.
  struct Slot {
    Ring ring;
    uint32_t descriptorA, descriptorB; // lower halves; the consumer's first 64 rows

    __device__ __forceinline__ void advance(const Consumer& consumer) {
      ring.advance();
      descriptorA = ring.stage == 0 ? consumer.firstDescriptorA() : descriptorA + descriptorUnits(stageBytesA);
      descriptorB = ring.stage == 0 ? consumer.firstDescriptorB() : descriptorB + descriptorUnits(stageBytesB);
    }
  };
  Slot slot; // the next one to be multiplied

  __device__ __forceinline__ Consumer(const KernelParams& params, uint32_t shared, const Tiles& tiles)
      : params(params),
        tiles(tiles),
        shared(shared),
        numKBlocks(params.k / tileK),
        warpgroup(uniformWarpgroup() - 1),
        thread(threadIdx.x % threadsPerWarpgroup),
        warp(thread / threadsPerWarp),
        lane(thread % threadsPerWarp),
        paddedTokens(numPaddedTokens(params)),
        tensorScale(!blockScale && params.ptrScaleC != nullptr ? *params.ptrScaleC : 1.0f),
        index(blockIdx.x / clusterSize),
        scales(lane, numKBlocks),
        slot{{}, firstDescriptorA(), firstDescriptorB()} {}

  // First row, within the tile, of the 64 of a wave, and the thread's first own row. Its second one is eight further.
  __device__ __forceinline__ int firstRow(int wave) const { return (wave * consumers + warpgroup) * mmaM; }
  __device__ __forceinline__ int ownRow(int wave) const { return firstRow(wave) + warp * 16 + lane / 4; }

  // ---- From tile to tile, from slot to slot: what the next ones need is found while products run

  __device__ __forceinline__ bool hasTile() const { return index < tiles.count; }

  // Makes the index's tile, if there is one, the current one, and asks for its first scales.
  __device__ __forceinline__ void enterTile() {
    if (!hasTile()) return;
    tile = tiles.at(index);
    scales.enter(params, tile, ownRow(0), paddedTokens);
    scales.loadNext(0);
  }

  __device__ __forceinline__ void goToNextTile() {
    index += gridDim.x / clusterSize;
    enterTile();
  }

  __device__ __forceinline__ uint32_t firstDescriptorA() const {
    return lowerHalf(matrixDescriptor(shared + offsetA + firstRow(0) * swizzleRowBytes));
  }
  __device__ __forceinline__ uint32_t firstDescriptorB() const { return lowerHalf(matrixDescriptor(shared + offsetB)); }

  __device__ __forceinline__ uint32_t fullBarrier(const Slot& slot) const { return shared + offsetFull + slot.ring.stage * 8; }
  __device__ __forceinline__ bool isFull(const Slot& slot) const { return testBarrier(fullBarrier(slot), slot.ring.parity); }
  __device__ __forceinline__ void waitForSlot(const Slot& slot) const { waitBarrier(fullBarrier(slot), slot.ring.parity); }

  // This warp has read the slot, here and, in a cluster, what the other CTA loaded into it.
  __device__ __forceinline__ void release(const Slot& slot) const {
    const uint32_t empty = shared + offsetEmpty + slot.ring.stage * 8;
    if constexpr (clusterSize == 1) {
      if (lane == 0) arrive(empty);
    } else {
      if (lane < clusterSize) arriveAt(empty, lane);
    }
  }

  // Starts the products of a slot for the 64 rows of a wave.
  __device__ __forceinline__ void issueMmas(float (&d)[accumulators], int wave, const Slot& slot, bool accumulate) const {
    const uint64_t a = withLowerHalf(slot.descriptorA + wave * descriptorUnits(consumers * mmaM * swizzleRowBytes));
    const uint64_t b = withLowerHalf(slot.descriptorB);
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

  // FP8. The tensor cores add with fewer mantissa bits than fp32 has. So they add up a block or two only; the blocks are added
  // by ordinary instructions, which is also where the scales come in. Beside the sums of two waves there are registers for one
  // block: while it is added, the other consumer uses the tensor cores. Between the last sum of a block and the first product
  // of the next one they may be idle, so nothing else stands there: not even the computation of a descriptor.

  // Multiplies one k block or two, from the ring's slot on, for the `active` waves that have tokens. Without block scales the
  // tensor cores add up two. Then makes sure that the following slot is full, or, after a tile's last k block, stores the tile:
  // the first wave while the second one's products run. `turn` is the k block's among those whose scales are loaded together.
  template <int active, int blocks, bool isLast>
  __device__ __forceinline__ void multiplyBlocks(float (&sum)[waves][accumulators], int kBlock, Turn turn = Turn::between) {
    float block[accumulators];
    float scale0, scale1;
    const Tile current = tile;
    const Slot first = slot;
    Slot last = slot;
    bool isNextFull = true;
#pragma unroll
    for (int wave = 0; wave < active; ++wave) {
      issueMmas(block, wave, first, false);
      if constexpr (blocks == 2) {
        if (wave == 0) {
          last.advance(*this);
          waitForSlot(last);
        }
        issueMmas(block, wave, last, true);
      }
      scales.at(kBlock, wave, scale0, scale1);
      if (wave == active - 1 && turn == Turn::last) scales.rotate();
      if (wave == 0 && turn == Turn::first) scales.loadNext(kBlock + rowBlocks);
      if (wave == 0 && isLast) goToNextTile();
      if (wave == 1 && isLast) store(sum[0], 0, current);
      if (wave == active - 1) {
        slot = last;
        slot.advance(*this);
        if (!isLast) isNextFull = isFull(slot);
        if constexpr (blocks == 2) {
          wgmmaWait<1>();
          release(first);
        }
      }
      wgmmaWait<0>();
      if (wave == active - 1) release(last);
      addBlock(sum[wave], block, scale0, scale1);
    }
    if (isLast) {
#pragma unroll
      for (int wave = active - 1; wave < waves; ++wave) store(sum[wave], wave, current);
      scales.rotate();
    } else if (!isNextFull) {
      waitForSlot(slot);
    }
  }

  // Of an expert's last tile, the second wave may be padding.
  template <int active>
  __device__ __forceinline__ void multiplySerially() {
    float sum[waves][accumulators] = {};
    waitForSlot(slot);
    int kBlock = 0;
    if constexpr (blockScale) {
      // Unrolled by the k blocks whose scales are loaded together.
#pragma unroll 1
      for (; kBlock < numKBlocks - 1; kBlock += rowBlocks) {
#pragma unroll
        for (int i = 0; i < rowBlocks; ++i) {
          if (i > 0 && kBlock + i >= numKBlocks - 1) break;
          multiplyBlocks<active, 1, false>(sum, kBlock + i, turnOf(i));
        }
      }
      multiplyBlocks<active, 1, true>(sum, numKBlocks - 1);
    } else {
#pragma unroll 1
      for (; kBlock + 2 < numKBlocks; kBlock += 2) multiplyBlocks<active, 2, false>(sum, kBlock);
      if (kBlock + 2 == numKBlocks) multiplyBlocks<active, 2, true>(sum, kBlock);
      else multiplyBlocks<active, 1, true>(sum, kBlock);
    }
  }

  // One wave: two blocks take turns, so that the tensor cores are at one while the other is added.
  __device__ __forceinline__ void multiplyInTurns() {
    float sum[accumulators] = {};
    const Tile stored = tile;
    const auto issue = [&](float(&block)[accumulators], Slot& used) {
      waitForSlot(slot);
      issueMmas(block, 0, slot, false);
      used = slot;
      slot.advance(*this);
    };
    // Waits for all but the `pending` newest blocks.
    const auto add = [&](auto pending, float(&block)[accumulators], const Slot& used, int kBlock, Turn turn) {
      float scale0, scale1;
      scales.at(kBlock, 0, scale0, scale1);
      if (turn == Turn::last) scales.rotate();
      if (turn == Turn::first) scales.loadNext(kBlock + rowBlocks);
      if (turn == Turn::firstOfRest) goToNextTile();
      wgmmaWait<pending>();
      release(used);
      addBlock(sum, block, scale0, scale1);
    };
    multiplyByTurns<accumulators, rowBlocks, Slot>(numKBlocks, issue, add);
    store(sum, 0, stored);
    scales.rotate();
  }

  // 16-bit operands: the tensor cores add up everything. The products of one block run while the next is waited for.
  template <int active>
  __device__ __forceinline__ void multiplyThrough() {
    float sum[waves][accumulators] = {};
    const Tile stored = tile;
    Slot previous = slot;
#pragma unroll 1
    for (int kBlock = 0; kBlock < numKBlocks; ++kBlock) {
      waitForSlot(slot);
#pragma unroll
      for (int wave = 0; wave < active; ++wave) {
        pinRegisters(sum[wave]);
        issueMmas(sum[wave], wave, slot, true);
      }
      wgmmaWait<active>();
      if (kBlock > 0) release(previous);
      previous = slot;
      slot.advance(*this);
    }
    goToNextTile();
    wgmmaWait<0>();
#pragma unroll
    for (int wave = 0; wave < active; ++wave) pinRegisters(sum[wave]);
    release(previous);
#pragma unroll
    for (int wave = 0; wave < waves; ++wave) store(sum[wave], wave, stored);
  }

  // Multiplies and stores the current tile, and goes on to the next.
  template <int active>
  __device__ __forceinline__ void multiply() {
    if constexpr (operand != Operand::e4m3) multiplyThrough<active>();
    else if constexpr (waves == 1) multiplyInTurns();
    else multiplySerially<active>();
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

  // Stores the 64 rows of a wave. Rows from the limit on are padding: what lies there in A may be anything, NaN included, so
  // their sums are replaced, not multiplied, by zero.
  __device__ __forceinline__ void store(const float (&sum)[accumulators], int wave, const Tile& tile) const {
    const int limit = mnLimitOfCta(params, tile.cta) - tile.token();
    const uint32_t staging = shared + offsetC + warpgroup * stagingBytesC;
    const int barrier = 1 + warpgroup;
    const int row = ownRow(wave);
    const bool valid0 = row < limit, valid1 = row + 8 < limit;
    float scale0 = tensorScale, scale1 = tensorScale;

    if constexpr (blockScale && output == Output::e4m3) {
      float max0, max1;
      rowMaxima(sum, max0, max1);
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
    if constexpr (output == Output::e4m3) stageE4m3(sum, staging, scale0, scale1, valid0, valid1);
    else stage16(sum, staging, scale0, scale1, valid0, valid1);
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

  __device__ __forceinline__ void run() {
    if (!hasTile()) return;
    enterTile();
    scales.rotate();
#pragma unroll 1
    while (hasTile()) {
      const bool isHalfPadding = waves == 2 && mnLimitOfCta(params, tile.cta) - tile.token() <= consumers * mmaM;
      if (isHalfPadding) multiply<1>();
      else multiply<waves>();
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
    Consumer(params, shared, tiles).run();
  }

  // A CTA's barriers and stages have to outlive what the other one sends to them.
  if constexpr (clusterSize > 1) {
    __syncwarp();
    syncCluster();
  }
}
