// One case of verify.cu: a kernel, its sizes, and everything on the GPU that it reads and writes.
#pragma once

#include <climits>
#include <random>
#include <string>
#include <vector>

#include "gemm.cuh"

using Random = std::mt19937_64;

struct Case {
  int hidden, k;
  std::vector<int> tokens; // of each batch
  int scaleSpan = 2;       // DeepSeek: exponents of the scales from -span to span
  float scaleC = 1;
  bool nullScale = false;
};

/** What a run finds before it, and how it is launched. All leave the same bits. */
struct Run {
  Grid grid;
  bool pdl;
  bool lateInputs;  // a kernel before it lets it start early and only then writes activations, and NaN over the output
  int launches;     // in a row, without a wait in between
  const char* what;
};

constexpr uint8_t inputGuard = 0xff;  // NaN in every format
constexpr uint8_t outputGuard = 0x5a;
constexpr uint8_t poison = 0xff;      // a NaN, too

// ---- Small kernels -----------------------------------------------------------------------------------------------------

enum class RowKind : uint8_t { random, nan, zero };

/** Grid: rows. Scales are [blocks, rows]. */
static __global__ void settleRows(unsigned char* data, size_t rowBytes, float* scales, int scaleBlocks, const RowKind* kinds) {
  const size_t row = blockIdx.x;
  const RowKind kind = kinds[row];
  if (kind == RowKind::random) return;
  for (size_t i = threadIdx.x; i < rowBytes; i += blockDim.x) data[row * rowBytes + i] = kind == RowKind::nan ? 0xff : 0;
  if (kind != RowKind::nan) return;
  for (int i = threadIdx.x; i < scaleBlocks; i += blockDim.x) {
    scales[static_cast<size_t>(i) * gridDim.x + row] = floatOfBits(0xffffffff);
  }
}

static __global__ void hashWords(const uint32_t* words, size_t count, unsigned long long* hash) {
  const size_t stride = static_cast<size_t>(gridDim.x) * blockDim.x;
  unsigned long long sum = 0;
  for (size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += stride) {
    sum += mixBits(static_cast<uint64_t>(i) << 32 ^ words[i]);
  }
  for (int lane = 16; lane > 0; lane /= 2) sum += __shfl_down_sync(0xffffffff, sum, lane);
  if (threadIdx.x % 32 == 0) atomicAdd(hash, sum);
}

static __global__ void noteDifference(const uint32_t* expected, const uint32_t* got, size_t count, int run, int* firstRun) {
  const size_t stride = static_cast<size_t>(gridDim.x) * blockDim.x;
  bool differs = false;
  for (size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += stride) {
    differs |= expected[i] != got[i];
  }
  if (differs) atomicMin(firstRun, run);
}

struct LateInputs {
  uint32_t* activations;
  const uint32_t* stagedActivations;
  size_t activationWords;
  uint32_t* scales;
  const uint32_t* stagedScales;
  size_t scaleWords;
  uint32_t* output;
  size_t outputWords;
  uint32_t* outputScales;
  size_t outputScaleWords;
};

/** Few blocks, so that the next kernel finds room beside it, and some 20 us before anything is written. */
static __global__ void __launch_bounds__(512) writeLate(LateInputs o) {
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
  const long long start = clock64();
  while (clock64() - start < 40000) {}
  const size_t first = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const size_t stride = static_cast<size_t>(gridDim.x) * blockDim.x;
  for (size_t i = first; i < o.outputWords; i += stride) o.output[i] = 0xffffffff;
  for (size_t i = first; i < o.outputScaleWords; i += stride) o.outputScales[i] = 0xffffffff;
  for (size_t i = first; i < o.scaleWords; i += stride) o.scales[i] = o.stagedScales[i];
  for (size_t i = first; i < o.activationWords; i += stride) o.activations[i] = o.stagedActivations[i];
}

// ---- The case on the GPU -----------------------------------------------------------------------------------------------

class CaseData {
public:
  Layout layout;
  Sizes sizes;
  Operands operands;
  ParamsBlock params;

  CaseData(const CatalogEntry& entry, const Case& test, size_t guard, CUstream stream, Random& random)
      : layout(layoutOf(test.tokens, entry.tokenTile())), entry(entry), guard(guard), stream(stream) {
    const int numBatches = static_cast<int>(test.tokens.size());
    if (numBatches > maxBatches) fail(1, "a case has %d batches", numBatches);
    const int usableTokens = layout.tokens / 2 + 1; // with routing several rows read the same token
    sizes = {test.hidden, test.k, numBatches, entry.permuteFusion ? usableTokens + 2 : 0};
    rows = std::max(layout.rows, layout.tile);

    makeWeights(random);
    if (entry.permuteFusion) makeRouting(usableTokens, random);
    makeActivations(entry.permuteFusion ? usableTokens : -1, random, test.scaleSpan);
    makeOutputs();
    if (!test.nullScale) operands.scaleC = uploaded(std::vector<float>{test.scaleC});
    if (entry.blockScale) scaleWeights(random, test.scaleSpan);
    if (entry.hasDeviceTables()) {
      operands.numNonExitingCtas = uploaded(std::vector<int>{layout.ctas});
      operands.totalNumPaddedTokens = uploaded(std::vector<int>{layout.rows});
      operands.ctaIdxXyToBatchIdx = uploaded(orOne(layout.ctaIdxXyToBatchIdx));
      operands.ctaIdxXyToMnLimit = uploaded(orOne(layout.ctaIdxXyToMnLimit));
    }
    firstDifferentRun = allocate(sizeof(int), 0, 0x7f, stream);
    hash = allocate(sizeof(unsigned long long), 0, 0, stream);
    stage(operands.activations, stagedActivations);
    stage(operands.activationScales, stagedScales);
    packParams(params, entry, sizes, layout, operands);
    inputHashes = hashesOfInputs();
  }

  ~CaseData() {
    for (Buffer* buffer : operands.all()) release(*buffer);
    for (Buffer* buffer : {&firstOutput, &firstOutputScales, &stagedActivations, &stagedScales, &firstDifferentRun, &hash}) {
      release(*buffer);
    }
  }
  CaseData(const CaseData&) = delete;
  CaseData& operator=(const CaseData&) = delete;

  /** Everything that a run does on the GPU; does not wait. */
  void enqueue(const LoadedKernel& kernel, const Run& run) {
    fill(operands.output, poison);
    fill(operands.outputScales, poison);
    if (run.lateInputs) {
      fill(operands.activations, 0xff);
      fill(operands.activationScales, 0xff);
      writeLate<<<16, 512, 0, stream>>>({operands.activations.as<uint32_t>(), stagedActivations.as<uint32_t>(),
                                         operands.activations.bytes / 4, operands.activationScales.as<uint32_t>(),
                                         stagedScales.as<uint32_t>(), operands.activationScales.bytes / 4,
                                         operands.output.as<uint32_t>(), operands.output.bytes / 4,
                                         operands.outputScales.as<uint32_t>(), operands.outputScales.bytes / 4});
      checkLaunch("writeLate");
    }
    for (int i = 0; i < run.launches; ++i) launch(kernel, params, run.grid, stream, run.pdl);
  }

  /** Takes the outputs as they are, guards too, for what the following runs must leave. */
  void keepOutputs() {
    stage(operands.output, firstOutput);
    stage(operands.outputScales, firstOutputScales);
  }

  void enqueueComparison(int run) {
    compare(firstOutput, operands.output, run);
    compare(firstOutputScales, operands.outputScales, run);
  }

  /** The first run that left other bits, or 0. Everything before must have ended. */
  int differentRun() const {
    int run;
    CHECK(cuMemcpyDtoH(&run, firstDifferentRun.address, sizeof run));
    return run == 0x7f7f7f7f ? 0 : run;
  }

  bool inputsAreUnchanged() { return hashesOfInputs() == inputHashes; }

private:
  const CatalogEntry& entry;
  size_t guard;
  CUstream stream;
  int rows = 0;
  Buffer stagedActivations, stagedScales, firstOutput, firstOutputScales, firstDifferentRun, hash;
  std::vector<unsigned long long> inputHashes;

  static std::vector<int> orOne(std::vector<int> values) { // no buffer is empty
    if (values.empty()) values.push_back(-1);
    return values;
  }

  Buffer input(size_t bytes) { return allocate(bytes, guard, inputGuard, stream); }

  template <typename T>
  Buffer uploaded(const std::vector<T>& values) {
    const Buffer buffer = input(values.size() * sizeof(T));
    upload(buffer, values, stream);
    return buffer;
  }

  void makeWeights(Random& random) {
    const size_t elements = static_cast<size_t>(sizes.numBatches) * sizes.hidden * sizes.k;
    operands.weights = input(elements * entry.elementBytes());
    randomElements(formatOf(entry.dtypeElt), operands.weights.address, elements, random(), stream);
  }

  void scaleWeights(Random& random, int span) {
    const size_t scales = static_cast<size_t>(sizes.numBatches) * (sizes.hidden / 128) * (sizes.k / 128);
    operands.weightScales = input(scales * sizeof(float));
    randomScales(operands.weightScales.address, scales, span, random(), stream);
  }

  void makeRouting(int usableTokens, Random& random) {
    const int absent[] = {-1, sizes.numTokens, INT_MAX, INT_MIN};
    std::vector<int> map(static_cast<size_t>(rows), -1);
    for (size_t row = 0; row < layout.batchOfRow.size(); ++row) {
      map[row] = layout.batchOfRow[row] < 0 ? absent[row % 4] : static_cast<int>(random() % usableTokens);
    }
    operands.routeMap = uploaded(map);
    operands.unusedActivations = input(static_cast<size_t>(rows) * sizes.k * entry.elementBytes());
  }

  /** Padding rows, and with routing the tokens that no row names, are NaN; now and then a row is zero. */
  void makeActivations(int usableTokens, Random& random, int span) {
    const size_t count = entry.permuteFusion ? sizes.numTokens : rows, elements = count * sizes.k;
    std::vector<RowKind> kinds(count, RowKind::nan);
    for (size_t row = 0; row < count; ++row) {
      const bool isRead = entry.permuteFusion ? static_cast<int>(row) < usableTokens
                                              : row < layout.batchOfRow.size() && layout.batchOfRow[row] >= 0;
      if (isRead) kinds[row] = row % 13 == 12 ? RowKind::zero : RowKind::random;
    }
    operands.activations = input(elements * entry.elementBytes());
    randomElements(formatOf(entry.dtypeElt), operands.activations.address, elements, random(), stream);
    const int scaleBlocks = entry.blockScale ? sizes.k / 128 : 0;
    if (entry.blockScale) {
      operands.activationScales = input(count * scaleBlocks * sizeof(float));
      randomScales(operands.activationScales.address, count * scaleBlocks, span, random(), stream);
    }
    Buffer list = allocate(kinds.size(), 0, 0, stream);
    upload(list, kinds, stream);
    settleRows<<<static_cast<unsigned>(count), 256, 0, stream>>>(
        operands.activations.as<unsigned char>(), static_cast<size_t>(sizes.k) * entry.elementBytes(),
        operands.activationScales.as<float>(), scaleBlocks, list.as<RowKind>());
    checkLaunch("settleRows");
    synchronize(stream);
    release(list);
  }

  void makeOutputs() {
    operands.output = allocate(static_cast<size_t>(rows) * sizes.hidden * entry.outputBytes(), guard, outputGuard, stream);
    if (!entry.hasOutputScales()) return;
    operands.outputScales = allocate(static_cast<size_t>(sizes.hidden / 128) * rows * sizeof(float), guard, outputGuard, stream);
  }

  void fill(const Buffer& buffer, uint8_t value) {
    if (buffer.base != 0) CHECK(cuMemsetD8Async(buffer.address, value, buffer.bytes, stream));
  }

  void stage(const Buffer& from, Buffer& copy) {
    if (from.base == 0) return;
    if (copy.base == 0) copy = allocate(from.bytes, from.guard, 0, stream);
    CHECK(cuMemcpyDtoDAsync(copy.base, from.base, from.allBytes(), stream));
  }

  void compare(const Buffer& expected, const Buffer& got, int run) {
    if (expected.base == 0) return;
    const size_t words = expected.allBytes() / 4;
    noteDifference<<<blocksFor(words), 256, 0, stream>>>(reinterpret_cast<uint32_t*>(expected.base),
                                                         reinterpret_cast<uint32_t*>(got.base), words, run,
                                                         firstDifferentRun.as<int>());
    checkLaunch("noteDifference");
  }

  std::vector<unsigned long long> hashesOfInputs() {
    std::vector<unsigned long long> hashes;
    for (const Buffer* buffer : operands.all()) {
      if (buffer->base == 0 || buffer == &operands.output || buffer == &operands.outputScales) continue;
      const size_t words = buffer->allBytes() / 4;
      CHECK(cuMemsetD8Async(hash.address, 0, hash.bytes, stream));
      hashWords<<<blocksFor(words), 256, 0, stream>>>(reinterpret_cast<uint32_t*>(buffer->base), words,
                                                      hash.as<unsigned long long>());
      checkLaunch("hashWords");
      synchronize(stream);
      unsigned long long value;
      CHECK(cuMemcpyDtoH(&value, hash.address, sizeof value));
      hashes.push_back(value);
    }
    return hashes;
  }
};
