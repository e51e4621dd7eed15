// The rule set trtllm-gen@2025-03 in plain C++, as engines have it: one function that checks and adjusts a copy of the options. A peer
// for checkMany. Built and run by check-many.mjs:
//   rules RECORDS COUNT THROWS  ->  one line of nanoseconds for COUNT records, for each line that it is sent; "valid N" first
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/** A packed record: the layout of packages/types/src/record.ts. */
struct Options {
  int32_t batchM, transposeMmaOutput, useDeepSeekFp8, routeAct, useShuffledMatrixA;
  int32_t tileM, tileN, tileK, epilogueTileM, epilogueTileN, mmaM, mmaN, mmaK;
  int32_t batchedMStart, batchedMCount, batchedNStart, batchedNCount, numTokens, numBatches;
  int32_t m, n, k, dtypeElt, dtypeC, dtypeAcc, useTmaStore;
  float atol, rtol;
  int32_t numSlicesForSplitK, clusterDimX, clusterDimY, clusterDimZ, allReduceAlgo, splitK, numStages;
  int32_t useFusedAct, gateUseClusterSplitK, projGateNumSplitKSlices;
};
static_assert(sizeof(Options) == 152);

enum Dtype { Bfloat16 = 0, E2m1 = 3, E4m3 = 6, Fp16 = 8, Fp32 = 9, Int32 = 11, UInt32 = 17, UInt64 = 18, Void = 20 };
enum AllReduce { NoAllReduce, OneShot, TwoShot };
enum SplitK { NoSplitK, Gmem, Dsmem };

int32_t roundUp(int32_t value, int32_t step) { return (value + step - 1) / step * step; }

/** What to do about an error: engines throw, the fastest possible peer returns. */
struct Returns {
  static bool fail(char const*) { return false; }
};
struct Throws {
  [[noreturn]] static bool fail(char const* message) { throw std::runtime_error(message); }
};

template <class OnError>
bool check(Options& o, bool blackwell) {
  if (o.useFusedAct) return OnError::fail("fused activation is not supported");
  if (o.dtypeElt == E4m3 && o.mmaK != 32) {
    o.mmaK = 32;
    o.tileK = std::max(32, o.tileK);
  }
  if (o.dtypeElt == E2m1) {
    if (!blackwell) return OnError::fail("FP4 needs Blackwell");
    if (o.mmaK != 64) {
      o.mmaK = 64;
      o.tileK = roundUp(o.tileK, 64);
    }
    if (o.mmaM != 128) {
      o.mmaM = 128;
      o.tileM = roundUp(o.tileM, 128);
    }
    if (o.mmaN % 64 != 0) {
      o.mmaN = roundUp(o.mmaN, 64);
      o.tileN = roundUp(o.tileN, 128);
    }
    if (o.tileN % 128 != 0) o.tileN = std::lcm(o.mmaN, 128);
  }
  if (o.dtypeC == E2m1) {
    if (!blackwell) return OnError::fail("FP4 output needs Blackwell");
    if (o.m % o.tileM != 0) return OnError::fail("tileM does not divide m");
    if (o.n % o.tileN != 0) return OnError::fail("tileN does not divide n");
    if (o.transposeMmaOutput) return OnError::fail("FP4 output is not transposed");
  }
  if (o.dtypeC == Void) o.dtypeC = o.dtypeElt;
  if (o.tileM % o.epilogueTileM != 0) o.epilogueTileM = o.tileM;
  if (o.tileN % o.epilogueTileN != 0) o.epilogueTileN = o.tileN;
  if (!blackwell) {
    o.epilogueTileM = o.tileM;
    o.epilogueTileN = o.tileN;
  }
  if (o.mmaM == 128 && o.epilogueTileM != o.tileM) o.epilogueTileM = o.tileM;
  if (o.m <= 0 || o.n <= 0 || o.k <= 0) return OnError::fail("sizes are not positive");
  if (o.numSlicesForSplitK <= 0) return OnError::fail("no slice of k");
  if (o.k % o.numSlicesForSplitK != 0) return OnError::fail("slices do not divide k");
  if ((o.k / o.numSlicesForSplitK) % o.tileK != 0) return OnError::fail("tileK does not divide a slice of k");
  int32_t const hidden = o.transposeMmaOutput ? o.m : o.n;
  int32_t const tile = o.transposeMmaOutput ? o.tileM : o.tileN;
  if (o.useTmaStore) {
    if (hidden < tile) return OnError::fail("a TMA store is larger than the output");
    if (hidden % tile != 0) return OnError::fail("a TMA store does not divide the output");
  }
  if (o.useShuffledMatrixA && o.m % (o.epilogueTileM % 128 == 0 ? 32 : 16) != 0)
    return OnError::fail("shuffled rows come in blocks");
  if (o.mmaM > o.epilogueTileM || o.mmaN > o.epilogueTileN) return OnError::fail("an MMA is larger than the epilogue tile");
  if (o.tileM % o.epilogueTileM != 0 || o.tileN % o.epilogueTileN != 0)
    return OnError::fail("the epilogue tile does not divide the tile");
  if (o.clusterDimX != 1 || o.clusterDimY != 1) return OnError::fail("a cluster along x or y");
  if (o.clusterDimZ != 1 && o.numSlicesForSplitK <= 1) return OnError::fail("a cluster along z needs a split k");
  if (o.tileM > 128) return OnError::fail("tileM is above 128");
  bool const half = o.dtypeElt == Fp16 || o.dtypeElt == Bfloat16;
  bool const atolGiven = o.atol == o.atol;
  if (half && !atolGiven) o.atol = o.allReduceAlgo != NoAllReduce ? 4e-3f : 2e-4f;
  if (o.useDeepSeekFp8 && (o.dtypeC == Fp16 || o.dtypeC == Bfloat16)) {
    if (!atolGiven) o.atol = 1e-2f;
    if (o.rtol != o.rtol) o.rtol = 1e-2f;
  }
  if (o.useShuffledMatrixA && !o.transposeMmaOutput) return OnError::fail("shuffled rows need a transposed output");
  if (o.allReduceAlgo == OneShot && o.dtypeC != UInt32 && o.dtypeC != Int32 && o.dtypeC != UInt64 && o.dtypeC != Fp32 &&
      o.dtypeC != Fp16 && o.dtypeC != Bfloat16)
    return OnError::fail("the TMA cannot add this type");
  if (o.allReduceAlgo == TwoShot && o.dtypeC != o.dtypeAcc) return OnError::fail("a two-shot all-reduce adds accumulators");
  if (o.allReduceAlgo != NoAllReduce && !o.useTmaStore) return OnError::fail("an all-reduce needs a TMA store");
  o.splitK = o.numSlicesForSplitK == 1 ? NoSplitK : o.clusterDimZ == 1 ? Gmem : Dsmem;
  if (o.splitK == Gmem && static_cast<int64_t>(o.m) * o.n % 4 != 0) return OnError::fail("slices write four elements at a time");
  if (o.numSlicesForSplitK > 1 && !o.useDeepSeekFp8 && (o.epilogueTileM != o.tileM || o.epilogueTileN != o.tileN)) {
    o.epilogueTileM = o.tileM;
    o.epilogueTileN = o.tileN;
  }
  if (o.splitK == Dsmem && o.clusterDimZ != o.numSlicesForSplitK) return OnError::fail("a cluster holds all slices");
  if (o.useDeepSeekFp8) {
    if (o.dtypeElt != E4m3) return OnError::fail("DeepSeek scales are for FP8");
    if (!blackwell) return OnError::fail("DeepSeek scales need Blackwell");
    if (o.allReduceAlgo != NoAllReduce) return OnError::fail("DeepSeek scales with an all-reduce");
    if (o.tileK != 128) return OnError::fail("one scale for 128 channels");
    if (hidden % 128 != 0) return OnError::fail("one scale for 128 rows");
    if (o.k % 128 != 0) return OnError::fail("k is no multiple of 128");
    int32_t const halfTile = (o.transposeMmaOutput ? o.tileM : o.tileN) / 2;
    if (halfTile % (o.transposeMmaOutput ? o.epilogueTileM : o.epilogueTileN) != 0)
      return OnError::fail("the epilogue tile does not divide half a tile");
    if (halfTile % (o.transposeMmaOutput ? o.mmaM : o.mmaN) != 0) return OnError::fail("an MMA does not divide half a tile");
  }
  if ((o.batchM ? o.batchedMCount : o.batchedNCount) == 0) {
    (o.batchM ? o.batchedMStart : o.batchedNStart) = 0;
    (o.batchM ? o.batchedMCount : o.batchedNCount) = 2;
  }
  o.numBatches = o.batchM ? o.batchedMCount : o.batchedNCount;
  int32_t const size = o.batchM ? o.n : o.m;
  int32_t const sizeTile = o.batchM ? o.tileN : o.tileM;
  if (size <= 0 || o.k <= 0) return OnError::fail("sizes of the batches are not positive");
  if (size < sizeTile || o.k < o.tileK) return OnError::fail("a tile is larger than a batch");
  if (size % sizeTile != 0 || o.k % o.tileK != 0) return OnError::fail("tiles do not divide a batch");
  if ((o.batchM != 0) == (o.transposeMmaOutput != 0)) return OnError::fail("the output is along the wrong dimension");
  if (o.useDeepSeekFp8 && size % 128 != 0) return OnError::fail("one scale for 128 rows of a batch");
  if (o.useDeepSeekFp8 && o.k % 128 != 0) return OnError::fail("one scale for 128 channels of a batch");
  if (!o.useTmaStore) return OnError::fail("batches need a TMA store");
  return true;
}

int64_t countValid(std::vector<Options> const& records, bool throws) {
  int64_t valid = 0;
  for (Options const& record : records) {
    Options copy = record;
    if (!throws) {
      valid += check<Returns>(copy, true);
      continue;
    }
    try {
      valid += check<Throws>(copy, true);
    } catch (std::runtime_error const&) {
    }
  }
  return valid;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: rules RECORDS COUNT THROWS\n"), 2;
  std::vector<Options> records(std::strtoul(argv[2], nullptr, 10));
  std::FILE* file = std::fopen(argv[1], "rb");
  if (!file || std::fread(records.data(), sizeof(Options), records.size(), file) != records.size())
    return std::fprintf(stderr, "cannot read %s\n", argv[1]), 2;
  std::fclose(file);
  bool const throws = argv[3][0] == '1';
  std::printf("valid %lld\n", static_cast<long long>(countValid(records, throws)));
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    auto const start = std::chrono::steady_clock::now();
    int64_t const valid = countValid(records, throws);
    auto const end = std::chrono::steady_clock::now();
    std::printf("%lld %lld\n", static_cast<long long>(std::chrono::nanoseconds(end - start).count()),
                static_cast<long long>(valid));
    std::fflush(stdout);
  }
}
