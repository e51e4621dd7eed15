// A batched GEMM as the kernels take it: where each token's row lies, the buffers on the GPU, the parameter block, the launch.
//
// The parameter block is written here byte by byte, from the offsets of the contract and not from the kernels' header, so
// that a field that moved shows.
#pragma once

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "catalog.hpp"
#include "driver.cuh"
#include "numbers.cuh"

constexpr int maxCtas = 2048, maxBatches = 256;

// ---- Where the tokens are ----------------------------------------------------------------------------------------------

struct Batch {
  int index, firstRow, tokens;
};

/** Each batch starts at a multiple of the token tile; a batch without tokens has no rows. */
struct Layout {
  int tile = 0, ctas = 0, rows = 0, tokens = 0;
  std::vector<Batch> batches;                       // those with tokens
  std::vector<int> ctaIdxXyToBatchIdx, ctaIdxXyToMnLimit;
  std::vector<int> batchOfRow;                      // -1: padding
};

inline Layout layoutOf(const std::vector<int>& tokensOfBatch, int tile) {
  Layout layout;
  layout.tile = tile;
  for (size_t batch = 0; batch < tokensOfBatch.size(); ++batch) {
    const int tokens = tokensOfBatch[batch], first = layout.rows;
    if (tokens == 0) continue;
    layout.batches.push_back({static_cast<int>(batch), first, tokens});
    layout.tokens += tokens;
    for (int done = 0; done < tokens; done += tile) {
      layout.ctaIdxXyToBatchIdx.push_back(static_cast<int>(batch));
      layout.ctaIdxXyToMnLimit.push_back(first + std::min(done + tile, tokens));
      for (int i = 0; i < tile; ++i) layout.batchOfRow.push_back(done + i < tokens ? static_cast<int>(batch) : -1);
      layout.rows += tile;
      ++layout.ctas;
    }
  }
  return layout;
}

// ---- Buffers -----------------------------------------------------------------------------------------------------------

/** Memory with a guard band before and after it. */
struct Buffer {
  CUdeviceptr base = 0, address = 0;
  size_t bytes = 0, guard = 0;

  size_t allBytes() const { return bytes + 2 * guard; }
  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(address);
  }
};

inline Buffer allocate(size_t bytes, size_t guard, uint8_t pattern, CUstream stream) {
  Buffer buffer;
  buffer.bytes = bytes;
  buffer.guard = guard;
  CHECK(cuMemAlloc(&buffer.base, buffer.allBytes()));
  buffer.address = buffer.base + guard;
  CHECK(cuMemsetD8Async(buffer.base, pattern, buffer.allBytes(), stream));
  return buffer;
}

inline void release(Buffer& buffer) {
  if (buffer.base != 0) CHECK(cuMemFree(buffer.base));
  buffer = {};
}

/** Not asynchronous: afterwards what lies at `values` may change. */
template <typename T>
inline void upload(const Buffer& buffer, const std::vector<T>& values, CUstream stream) {
  if (values.size() * sizeof(T) > buffer.bytes) fail(1, "upload: %zu bytes into %zu", values.size() * sizeof(T), buffer.bytes);
  synchronize(stream); // the copy is on another stream
  CHECK(cuMemcpyHtoD(buffer.address, values.data(), values.size() * sizeof(T)));
  CHECK(cuCtxSynchronize()); // a copy from pageable memory may return before it has arrived; our stream would not wait
}

/** What a launch reads and writes. Those that a kernel does not take are empty. */
struct Operands {
  Buffer weights, weightScales;         // [numBatches * hidden, k], [numBatches * hidden/128, k/128]
  Buffer activations, activationScales; // [rows, k], [k/128, rows]; with routing [tokens, k], [k/128, tokens]
  Buffer output, outputScales;          // [rows, hidden], [hidden/128, rows]
  Buffer scaleC;                        // one float
  Buffer routeMap;                      // [rows]
  Buffer unusedActivations;             // with routing: what the map of activations points to, and nobody reads
  Buffer numNonExitingCtas, totalNumPaddedTokens, ctaIdxXyToBatchIdx, ctaIdxXyToMnLimit;

  std::vector<Buffer*> all() {
    return {&weights, &weightScales, &activations, &activationScales, &output, &outputScales, &scaleC, &routeMap,
            &unusedActivations, &numNonExitingCtas, &totalNumPaddedTokens, &ctaIdxXyToBatchIdx, &ctaIdxXyToMnLimit};
  }
};

// ---- The parameter block -----------------------------------------------------------------------------------------------

struct alignas(64) ParamsBlock {
  unsigned char bytes[17280];

  template <typename T>
  void put(size_t offset, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (offset + sizeof value > sizeof bytes) fail(1, "a field ends behind the parameter block");
    std::memcpy(bytes + offset, &value, sizeof value);
  }
  void putTable(size_t offset, const std::vector<int>& values) {
    if (values.size() > maxCtas) fail(1, "a case has more CTAs than the tables hold");
    std::memcpy(bytes + offset, values.data(), values.size() * sizeof(int));
  }
};

inline CUtensorMap tensorMap(const std::string& dtype, CUdeviceptr address, uint64_t hidden, uint64_t rows, int innerTile,
                             int rowTile) {
  const bool isByte = dtype == "E4m3";
  const uint64_t elementBytes = isByte ? 1 : 2, innerBytes = innerTile * elementBytes;
  const CUtensorMapDataType type = isByte                ? CU_TENSOR_MAP_DATA_TYPE_UINT8
                                   : dtype == "Bfloat16" ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
                                                         : CU_TENSOR_MAP_DATA_TYPE_FLOAT16;
  const CUtensorMapSwizzle swizzle = innerBytes % 128 == 0  ? CU_TENSOR_MAP_SWIZZLE_128B
                                     : innerBytes % 64 == 0 ? CU_TENSOR_MAP_SWIZZLE_64B
                                                            : CU_TENSOR_MAP_SWIZZLE_32B;
  const cuuint64_t dims[2] = {hidden, rows}, strides[1] = {hidden * elementBytes};
  const cuuint32_t box[2] = {static_cast<cuuint32_t>(std::min<uint64_t>(128 / elementBytes, innerTile)),
                             static_cast<cuuint32_t>(rowTile)};
  const cuuint32_t elementStrides[2] = {1, 1};
  CUtensorMap map;
  CHECK(cuTensorMapEncodeTiled(&map, type, 2, reinterpret_cast<void*>(address), dims, strides, box, elementStrides,
                               CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle, CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
                               CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE));
  return map;
}

struct Sizes {
  int hidden, k, numBatches;
  int numTokens; // with routing: rows of the tokens; else 0
};

inline void packParams(ParamsBlock& params, const CatalogEntry& entry, const Sizes& sizes, const Layout& layout,
                       const Operands& operands) {
  std::memset(&params, 0, sizeof params);
  const bool two = entry.hasDeviceTables();
  const int rows = std::max(layout.rows, layout.tile); // without any token a map still needs a row
  const CUdeviceptr activations = entry.permuteFusion ? operands.unusedActivations.address : operands.activations.address;
  const CUdeviceptr activationScales = entry.permuteFusion ? 0 : operands.activationScales.address;

  const CUtensorMap weightMap = tensorMap(entry.dtypeElt, operands.weights.address, sizes.k,
                                          static_cast<uint64_t>(sizes.numBatches) * sizes.hidden, entry.tileK,
                                          entry.channelTile());
  const CUtensorMap activationMap = tensorMap(entry.dtypeElt, activations, sizes.k, rows, entry.tileK, entry.tokenTile());
  const CUtensorMap outputMap = tensorMap(entry.dtypeC, operands.output.address, sizes.hidden, rows,
                                          entry.batchM ? entry.epilogueTileN : entry.epilogueTileM,
                                          entry.batchM ? entry.epilogueTileM : entry.epilogueTileN);
  params.put(0, entry.batchM ? activationMap : weightMap);
  params.put(128, entry.batchM ? weightMap : activationMap);
  params.put(256, outputMap);

  params.put<uint64_t>(648, operands.scaleC.address);
  params.put<int32_t>(664, sizes.k);
  params.put<int32_t>(668, sizes.hidden);
  params.put<int32_t>(672, sizes.hidden / entry.channelTile());
  params.put<uint64_t>(entry.batchM ? 8880 : 8872, operands.weightScales.address);
  params.put<uint64_t>(entry.batchM ? 8872 : 8880, activationScales);
  params.put<uint64_t>(8888, operands.outputScales.address);
  params.put<int32_t>(8896, rows);
  params.put<int32_t>(8904, 1); // tpGrpSize
  params.put<uint64_t>(8960, entry.batchM ? activations : operands.weights.address);
  params.put<uint64_t>(8968, static_cast<uint64_t>(sizes.k) * entry.elementBytes());
  params.put<uint64_t>(8976, entry.batchM ? operands.weights.address : activations);
  params.put<uint64_t>(8984, static_cast<uint64_t>(sizes.k) * entry.elementBytes());

  if (two) { // the tables in the block are not there to be read
    std::memset(params.bytes + 676, 0xff, maxCtas * sizeof(int));
    std::memset(params.bytes + 9016, 0xff, maxCtas * sizeof(int));
    params.put<uint64_t>(17248, operands.numNonExitingCtas.address);
    params.put<uint64_t>(17256, operands.totalNumPaddedTokens.address);
    params.put<uint64_t>(17264, operands.ctaIdxXyToBatchIdx.address);
    params.put<uint64_t>(17272, operands.ctaIdxXyToMnLimit.address);
  } else {
    params.putTable(676, layout.ctaIdxXyToBatchIdx);
    params.putTable(9008, layout.ctaIdxXyToMnLimit);
  }
  if (entry.permuteFusion) {
    const size_t shift = two ? 8 : 0;
    params.put<uint64_t>(17200 + shift, operands.activations.address);
    params.put<uint64_t>(17208 + shift, operands.routeMap.address);
    params.put<uint64_t>(17216 + shift, operands.activationScales.address);
    params.put<int32_t>(17232 + shift, sizes.numTokens);
  }
}

// ---- Kernel and launch -------------------------------------------------------------------------------------------------

struct LoadedKernel {
  const CatalogEntry* entry = nullptr;
  CUmodule module = nullptr;
  CUfunction function = nullptr;
};

inline LoadedKernel loadKernel(const CatalogEntry& entry) {
  std::ifstream file(entry.cubinPath, std::ios::binary);
  if (!file) fail(2, "cannot read %s", entry.cubinPath.c_str());
  std::vector<char> image((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  image.push_back('\0');

  LoadedKernel kernel;
  kernel.entry = &entry;
  currentWork = entry.functionName.c_str();
  CHECK(cuModuleLoadData(&kernel.module, image.data()));
  CHECK(cuModuleGetFunction(&kernel.function, kernel.module, entry.functionName.c_str()));
  CHECK(cuFuncSetAttribute(kernel.function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, entry.sharedMemSize));
  return kernel;
}

struct Grid {
  unsigned x, y, z;
};

/** Whether a kernel can compute these sizes at all. */
inline bool takes(const CatalogEntry& entry, int hidden, int k) {
  return hidden % (entry.channelTile() * entry.clusterDimX) == 0 && k % (entry.tileK * entry.numSlicesForSplitK) == 0;
}

/** The grid that a launcher takes. */
inline Grid gridFor(const CatalogEntry& entry, int hidden, int ctas, int multiprocessors) {
  const unsigned channelTiles = static_cast<unsigned>(hidden / entry.channelTile()), cluster = entry.clusterDimX;
  const unsigned slices = static_cast<unsigned>(entry.numSlicesForSplitK);
  if (!entry.isPersistent()) {
    if (entry.batchM) return {static_cast<unsigned>(ctas), channelTiles, slices};
    return {channelTiles, static_cast<unsigned>(ctas), slices};
  }
  const unsigned wanted = std::min(static_cast<unsigned>(ctas) * channelTiles, static_cast<unsigned>(multiprocessors));
  return {std::max(wanted / cluster, 1u) * cluster, 1, slices};
}

inline void launch(const LoadedKernel& kernel, const ParamsBlock& params, Grid grid, CUstream stream, bool pdl) {
  const CatalogEntry& entry = *kernel.entry;
  CUlaunchAttribute attributes[3] = {};
  attributes[0].id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
  attributes[0].value.clusterDim.x = static_cast<unsigned>(entry.clusterDimX);
  attributes[0].value.clusterDim.y = 1;
  attributes[0].value.clusterDim.z = static_cast<unsigned>(entry.clusterDimZ);
  attributes[1].id = CU_LAUNCH_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE;
  attributes[1].value.clusterSchedulingPolicyPreference = CU_CLUSTER_SCHEDULING_POLICY_DEFAULT;
  attributes[2].id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
  attributes[2].value.programmaticStreamSerializationAllowed = pdl ? 1 : 0;

  CUlaunchConfig config = {};
  config.gridDimX = grid.x;
  config.gridDimY = grid.y;
  config.gridDimZ = grid.z;
  config.blockDimX = static_cast<unsigned>(entry.threadsPerCta);
  config.blockDimY = config.blockDimZ = 1;
  config.sharedMemBytes = static_cast<unsigned>(entry.sharedMemSize);
  config.hStream = stream;
  config.attrs = attributes;
  config.numAttrs = 3;

  void* arguments[] = {const_cast<ParamsBlock*>(&params)};
  CHECK(cuLaunchKernelEx(&config, kernel.function, arguments, nullptr));
}
