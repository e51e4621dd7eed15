// Runs every cubin of this package on a Hopper GPU and compares it with a double-precision reference on the CPU.
//
//   nvcc -O3 -std=c++17 -o /tmp/verify test/gpu/verify.cu -ldl
//   /tmp/verify cubins [--seed N] [--repeats N]
//
// Plain CUDA driver API, no Preflight code but the parameter block: it checks the kernels before any launcher exists.
// Exit code 0: every case passed; 1: some failed; 2: usage, or nothing to run on.
//
// A case is one (tileN, m, k, tokens of each batch). For each:
//   - fresh random E4m3 codes; the padding rows of B hold NaN codes; C is NaN before every launch
//   - ||out - ref|| / ||ref|| over the tokens' rows is at most 3e-3, and no single element is off by more than rounding
//     explains (a norm over many elements would hide one that is wrong)
//   - the padding rows of C are +0, bit by bit
//   - the bytes before and after C have not changed
//   - 20 runs (--repeats), alternately with and without PDL, and a burst of 8 without a wait in between, give the same bits

#include <cuda.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "../../src/kernel-params.cuh"

// ---- The CUDA driver, opened at run time: no stub library is needed to build ------------------------------------------

#define DRIVER_FUNCTIONS(X)                                                                                               \
  X(cuInit) X(cuDeviceGet) X(cuDeviceGetName) X(cuDeviceGetAttribute) X(cuDevicePrimaryCtxRetain) X(cuCtxSetCurrent)      \
  X(cuGetErrorName) X(cuModuleLoadData) X(cuModuleGetFunction) X(cuModuleUnload) X(cuFuncSetAttribute)                    \
  X(cuFuncGetAttribute) X(cuMemAlloc) X(cuMemFree) X(cuMemcpyHtoD) X(cuMemcpyDtoH) X(cuMemsetD8Async) X(cuCtxSynchronize)  \
  X(cuStreamCreate) X(cuStreamQuery) X(cuLaunchKernelEx) X(cuTensorMapEncodeTiled)

// cuda.h renames some functions by macro (cuMemAlloc is cuMemAlloc_v2). The macros expand on the way into these, so both
// the members and the exported names carry the suffix.
#define MEMBER(name) decltype(&::name) name = nullptr;
#define EXPORTED_NAME_(name) #name
#define EXPORTED_NAME(name) EXPORTED_NAME_(name)
#define OPEN(name)                                                                                                        \
  driver.name = reinterpret_cast<decltype(driver.name)>(dlsym(library, EXPORTED_NAME(name)));                             \
  if (driver.name == nullptr) fail(2, "the driver lacks %s", EXPORTED_NAME(name));

struct Driver {
  DRIVER_FUNCTIONS(MEMBER)
} driver;

template <typename... Args>
[[noreturn]] static void fail(int code, const char* format, Args... args) {
  std::fflush(stdout);
  if constexpr (sizeof...(args) == 0) std::fputs(format, stderr);
  else std::fprintf(stderr, format, args...);
  std::fputc('\n', stderr);
  std::_Exit(code); // also with a kernel that hangs
}

static void check(CUresult result, const char* call) {
  if (result == CUDA_SUCCESS) return;
  const char* name = "?";
  driver.cuGetErrorName(result, &name);
  fail(1, "%s: %s", call, name);
}
#define CHECK(call) check(driver.call, #call)

static void openDriver() {
  void* library = dlopen("libcuda.so.1", RTLD_NOW);
  if (library == nullptr) fail(2, "no CUDA driver on this machine: %s", dlerror());
  DRIVER_FUNCTIONS(OPEN)
}

// Does not wait for ever: a wrong barrier count shows as a hang.
static void synchronize(CUstream stream) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (;;) {
    const CUresult result = driver.cuStreamQuery(stream);
    if (result == CUDA_SUCCESS) return;
    if (result != CUDA_ERROR_NOT_READY) check(result, "kernel");
    if (std::chrono::steady_clock::now() > deadline) fail(1, "FAILED: the kernel has not ended after 30 s");
  }
}

// ---- Numbers -----------------------------------------------------------------------------------------------------------

static double decodeE4m3(uint8_t code) {
  const int exponent = code >> 3 & 15, mantissa = code & 7;
  const double magnitude = exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, exponent - 10);
  return code & 0x80 ? -magnitude : magnitude; // 0x7f and 0xff, the NaN codes, are not drawn
}

static double decodeBf16(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

using Random = std::mt19937_64;

// Mostly magnitudes in [1/4, 4), so that sums neither overflow nor are ruled by a few products; one code in eight from
// everything up to 4, so that zeros, subnormals and small exponents occur too.
static std::vector<uint8_t> randomE4m3(size_t count, Random& random) {
  std::vector<uint8_t> codes(count);
  uint64_t bits = 0;
  for (size_t i = 0; i < count; ++i, bits >>= 16) {
    if (i % 4 == 0) bits = random();
    const uint32_t magnitude = bits & 0xff, sign = bits >> 8 & 1, wide = (bits >> 9 & 7) == 0;
    codes[i] = static_cast<uint8_t>(sign << 7 | (wide ? magnitude % 0x48 : 0x28 + magnitude % 0x20));
  }
  return codes;
}

// ---- A case ------------------------------------------------------------------------------------------------------------

struct Case {
  int tileN, m, k;
  std::vector<int> tokens; // of each batch
  bool nullScale;
};

constexpr int tileM = 128, tileK = 128, numStages = 4, threadsPerCta = 160;
constexpr size_t guardBytes = 4096;
constexpr uint8_t guardPattern = 0x5a, nanE4m3 = 0x7f, poison = 0xff; // 0xffff is a bf16 NaN

static int sharedMemSize(int tileN) {
  return numStages * (tileM + tileN) * tileK + tileM * tileN * 2 + numStages * 2 * 8;
}

static std::string functionName(int tileN) {
  const std::string n = std::to_string(tileN);
  return "preflight_BatchN_E4m3Fp32_Bfloat16_Tile128x" + n + "x128_EpiTile128x" + n + "_Mma64x" + n +
         "x32_Cluster1x1x1_transposeMmaOutput_sm90a";
}

// Fills the CTA tables; returns the number of CTAs along the tokens.
static int fillCtaTables(const Case& test, KernelParams& params) {
  int ctas = 0;
  for (size_t batch = 0; batch < test.tokens.size(); ++batch) {
    const int first = ctas, tokens = test.tokens[batch], tile = test.tileN;
    for (int i = 0; i * tile < tokens; ++i, ++ctas) {
      if (ctas == maxCtasAlongTokens) fail(2, "a case has more CTAs than the tables hold");
      params.ctaIdxXyToBatchIdx[ctas] = static_cast<int>(batch);
      params.ctaIdxXyToMnLimit[ctas] = std::min((ctas + 1) * tile, first * tile + tokens);
    }
  }
  return ctas;
}

// For each padded-token row the batch it belongs to, or -1 for padding. Kept apart from the tables above on purpose.
static std::vector<int> batchOfRow(const Case& test) {
  std::vector<int> rows;
  for (size_t batch = 0; batch < test.tokens.size(); ++batch) {
    rows.insert(rows.end(), test.tokens[batch], static_cast<int>(batch));
    while (rows.size() % test.tileN != 0) rows.push_back(-1);
  }
  return rows;
}

// C[row, channel] = scale * sum over k, in double precision; every partial sum is exact there.
static std::vector<double> reference(const Case& test, const std::vector<int>& rows, const std::vector<uint8_t>& a,
                                     const std::vector<uint8_t>& b, double scale) {
  double value[256];
  for (int code = 0; code < 256; ++code) value[code] = decodeE4m3(static_cast<uint8_t>(code));

  const size_t m = test.m, k = test.k;
  std::vector<double> decodedB(rows.size() * k), c(rows.size() * m);
  for (size_t i = 0; i < decodedB.size(); ++i) decodedB[i] = value[b[i]];

  std::vector<int> firstRow(test.tokens.size() + 1, 0);
  for (size_t batch = 0; batch < test.tokens.size(); ++batch) {
    firstRow[batch + 1] = firstRow[batch] + (test.tokens[batch] + test.tileN - 1) / test.tileN * test.tileN;
  }

  std::atomic<size_t> next{0};
  auto work = [&] {
    std::vector<double> weights(k);
    for (size_t row; (row = next++) < test.tokens.size() * m;) { // of A
      const size_t batch = row / m, channel = row % m;
      if (test.tokens[batch] == 0) continue;
      for (size_t i = 0; i < k; ++i) weights[i] = value[a[row * k + i]];
      for (int token = firstRow[batch]; token < firstRow[batch] + test.tokens[batch]; ++token) {
        const double* activations = &decodedB[token * k];
        double sums[8] = {}; // k is a multiple of 128
        for (size_t i = 0; i < k; i += 8) {
          for (size_t j = 0; j < 8; ++j) sums[j] += weights[i + j] * activations[i + j];
        }
        double sum = 0;
        for (double part : sums) sum += part;
        c[token * m + channel] = scale * sum;
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  return c;
}

// A 2-D map as the launcher's facts describe it: hidden dimension inside, 128-byte swizzle, L2 promotion 128 B.
static void encodeMap(TensorMap& map, CUtensorMapDataType type, uint64_t elementBytes, CUdeviceptr address, uint64_t hidden,
                      uint64_t rows, uint32_t boxRows) {
  const cuuint64_t dims[2] = {hidden, rows}, strides[1] = {hidden * elementBytes};
  const cuuint32_t box[2] = {static_cast<cuuint32_t>(128 / elementBytes), boxRows}, elementStrides[2] = {1, 1};
  CUtensorMap encoded; // more strictly aligned than its place in the block
  CHECK(cuTensorMapEncodeTiled(&encoded, type, 2, reinterpret_cast<void*>(address), dims, strides, box, elementStrides,
                               CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
                               CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE));
  static_assert(sizeof encoded == sizeof map);
  std::memcpy(&map, &encoded, sizeof map);
}

struct Kernel {
  CUmodule module;
  CUfunction function;
  int tileN;
};

static void launch(const Kernel& kernel, KernelParams& params, int ctasAlongTokens, CUstream stream, bool pdl) {
  CUlaunchAttribute attributes[3] = {};
  attributes[0].id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
  attributes[0].value.clusterDim.x = attributes[0].value.clusterDim.y = attributes[0].value.clusterDim.z = 1;
  attributes[1].id = CU_LAUNCH_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE;
  attributes[1].value.clusterSchedulingPolicyPreference = CU_CLUSTER_SCHEDULING_POLICY_DEFAULT;
  attributes[2].id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
  attributes[2].value.programmaticStreamSerializationAllowed = pdl ? 1 : 0;

  CUlaunchConfig config = {};
  config.gridDimX = static_cast<unsigned>(params.nm / tileM);
  config.gridDimY = static_cast<unsigned>(ctasAlongTokens);
  config.gridDimZ = 1;
  config.blockDimX = threadsPerCta;
  config.blockDimY = config.blockDimZ = 1;
  config.sharedMemBytes = static_cast<unsigned>(sharedMemSize(kernel.tileN));
  config.hStream = stream;
  config.attrs = attributes;
  config.numAttrs = 3;

  void* arguments[] = {&params};
  CHECK(cuLaunchKernelEx(&config, kernel.function, arguments, nullptr));
}

// Returns what is wrong with the output, or an empty string; reports the two error measures.
static std::string judge(const Case& test, const std::vector<int>& rows, const std::vector<double>& expected,
                         const std::vector<uint8_t>& bytes, double& relativeError, double& worstElement) {
  for (size_t i = 0; i < guardBytes; ++i) {
    if (bytes[i] != guardPattern) return "wrote before C";
    if (bytes[bytes.size() - 1 - i] != guardPattern) return "wrote after C";
  }

  const size_t m = test.m;
  std::vector<uint16_t> c(rows.size() * m);
  std::memcpy(c.data(), bytes.data() + guardBytes, c.size() * 2);

  double errorSquares = 0, squares = 0;
  size_t elements = 0;
  char text[160];
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t channel = 0; channel < m; ++channel) {
      const uint16_t bits = c[row * m + channel];
      if (rows[row] < 0) {
        if (bits == 0) continue;
        std::snprintf(text, sizeof text, "padding row %zu, channel %zu holds 0x%04x, not +0", row, channel, bits);
        return text;
      }
      const double want = expected[row * m + channel], error = decodeBf16(bits) - want;
      errorSquares += error * error;
      squares += want * want;
      ++elements;
    }
  }
  relativeError = std::sqrt(errorSquares / squares);

  // Half a unit in the last place of bf16 is 2^-9 of the value at most; allow twice that, and for the tensor core's
  // accumulation 2% of the typical element: some forty times what it loses, and a wrong element is off by about 100%.
  const double typical = std::sqrt(squares / static_cast<double>(elements));
  worstElement = 0;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (rows[row] < 0) continue;
    for (size_t channel = 0; channel < m; ++channel) {
      const double want = expected[row * m + channel], got = decodeBf16(c[row * m + channel]);
      const double excess = std::abs(got - want) / (std::abs(want) / 256 + 0.02 * typical);
      if (!(excess <= 1)) {
        std::snprintf(text, sizeof text, "row %zu (batch %d), channel %zu is %g, not %g", row, rows[row], channel, got,
                      want);
        return text;
      }
      worstElement = std::max(worstElement, excess);
    }
  }
  if (!(relativeError <= 3e-3)) return "relative error above 3e-3";
  return "";
}

static bool runCase(const Kernel& kernel, const Case& test, CUstream stream, Random& random, int repeats) {
  const std::vector<int> rows = batchOfRow(test);
  const size_t m = test.m, k = test.k, batches = test.tokens.size();

  std::vector<uint8_t> a = randomE4m3(batches * m * k, random), b = randomE4m3(rows.size() * k, random);
  for (size_t row = 0; row < rows.size(); ++row) {
    if (rows[row] < 0) std::fill_n(b.begin() + row * k, k, nanE4m3);
  }
  const float scale = test.nullScale ? 1.0f : std::uniform_real_distribution<float>(0.01f, 0.1f)(random);

  const size_t bytesC = rows.size() * m * 2, bytesAllC = bytesC + 2 * guardBytes;
  CUdeviceptr deviceA, deviceB, deviceC, deviceScale;
  CHECK(cuMemAlloc(&deviceA, a.size()));
  CHECK(cuMemAlloc(&deviceB, b.size()));
  CHECK(cuMemAlloc(&deviceC, bytesAllC));
  CHECK(cuMemAlloc(&deviceScale, sizeof scale));
  CHECK(cuMemcpyHtoD(deviceA, a.data(), a.size()));
  CHECK(cuMemcpyHtoD(deviceB, b.data(), b.size()));
  CHECK(cuMemcpyHtoD(deviceScale, &scale, sizeof scale));
  CHECK(cuMemsetD8Async(deviceC, guardPattern, bytesAllC, stream));
  CHECK(cuCtxSynchronize()); // a copy from pageable memory may return before it has arrived; our stream would not wait

  static KernelParams params;
  std::memset(&params, 0, sizeof params);
  const int ctasAlongTokens = fillCtaTables(test, params);
  encodeMap(params.tmaA, CU_TENSOR_MAP_DATA_TYPE_UINT8, 1, deviceA, k, batches * m, tileM);
  encodeMap(params.tmaB, CU_TENSOR_MAP_DATA_TYPE_UINT8, 1, deviceB, k, rows.size(), static_cast<uint32_t>(test.tileN));
  encodeMap(params.tmaC, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, deviceC + guardBytes, m, rows.size(),
            static_cast<uint32_t>(test.tileN));
  params.ptrScaleC = test.nullScale ? nullptr : reinterpret_cast<const float*>(deviceScale);
  params.k = test.k;
  params.nm = test.m;
  params.tileStridePerBatch = test.m / tileM;
  params.totalNumPaddedTokens = static_cast<int>(rows.size());
  params.tpGrpSize = 1;
  params.ptrA = reinterpret_cast<const void*>(deviceA);
  params.ptrB = reinterpret_cast<const void*>(deviceB);
  params.strideInBytesA = params.strideInBytesB = k;

  const std::vector<double> expected = reference(test, rows, a, b, scale);

  std::vector<uint8_t> first(bytesAllC), again(bytesAllC);
  double relativeError = NAN, worstElement = NAN;
  std::string trouble;
  const int burst = 8;
  for (int run = 0; run <= repeats && trouble.empty(); ++run) {
    CHECK(cuMemsetD8Async(deviceC + guardBytes, poison, bytesC, stream));
    for (int i = 0; i < (run == repeats ? burst : 1); ++i) {
      launch(kernel, params, ctasAlongTokens, stream, run == repeats || run % 2 == 0);
    }
    synchronize(stream);
    std::vector<uint8_t>& output = run == 0 ? first : again;
    CHECK(cuMemcpyDtoH(output.data(), deviceC, bytesAllC));
    if (run == 0) {
      trouble = judge(test, rows, expected, first, relativeError, worstElement);
    } else if (first != again) {
      trouble = (run == repeats ? "the burst" : "run " + std::to_string(run)) + ": other bits than the first run's";
    }
  }

  for (CUdeviceptr memory : {deviceA, deviceB, deviceC, deviceScale}) CHECK(cuMemFree(memory));

  const auto tokens = rows.size() - std::count(rows.begin(), rows.end(), -1);
  std::printf("%-6s tileN %2d  m %4d  k %4d  %2zu batches  %4zu tokens  %3d CTAs along them  scale %-9s  error %.2e"
              "  worst element %.2f  %s\n",
              trouble.empty() ? "ok" : "FAILED", test.tileN, test.m, test.k, batches, tokens, ctasAlongTokens,
              test.nullScale ? "null" : std::to_string(scale).c_str(), relativeError, worstElement, trouble.c_str());
  std::fflush(stdout);
  return trouble.empty();
}

// ---- All cases ---------------------------------------------------------------------------------------------------------

constexpr int casesInAll = 4 * 7 * 3; // tiles, shapes, token lists; a run that does fewer has proved nothing

static std::vector<Case> casesOf(int tileN, Random& random) {
  std::vector<int> many(24);
  for (int& tokens : many) tokens = static_cast<int>(random() % (2 * tileN + 1));
  many[3] = 1; // never all empty

  const std::vector<std::vector<int>> tokenLists = {
      {1},
      {0, 1, tileN - 1, tileN, tileN + 1, 37, 0, 0, 3 * tileN, 0},
      many,
  };
  const int shapes[][2] = {{128, 128},  {256, 384},  {128, 512},  {384, 640},
                           {768, 2048}, {2048, 768}, {1536, 2048}}; // k: 1, 3, 4 (= numStages), 5, 16, 6, 16 blocks
  std::vector<Case> cases;
  for (const auto& [m, k] : shapes) {
    for (const auto& tokens : tokenLists) cases.push_back({tileN, m, k, tokens, cases.size() % 4 == 1});
  }
  return cases;
}

static Kernel loadKernel(const std::string& folder, int tileN) {
  const std::string name = functionName(tileN), path = folder + "/" + name + ".cubin";
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(2, "cannot read %s", path.c_str());
  const std::vector<char> image((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());

  Kernel kernel = {nullptr, nullptr, tileN};
  CHECK(cuModuleLoadData(&kernel.module, image.data()));
  CHECK(cuModuleGetFunction(&kernel.function, kernel.module, name.c_str()));
  CHECK(cuFuncSetAttribute(kernel.function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, sharedMemSize(tileN)));

  int registers, local, fixedShared, maxThreads;
  CHECK(cuFuncGetAttribute(&registers, CU_FUNC_ATTRIBUTE_NUM_REGS, kernel.function));
  CHECK(cuFuncGetAttribute(&local, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES, kernel.function));
  CHECK(cuFuncGetAttribute(&fixedShared, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, kernel.function));
  CHECK(cuFuncGetAttribute(&maxThreads, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, kernel.function));
  std::printf("%s: %d registers, %d bytes local, %d + %d bytes shared, at most %d threads\n", name.c_str(), registers, local,
              fixedShared, sharedMemSize(tileN), maxThreads);
  return kernel;
}

int main(int argc, char** argv) {
  std::string folder;
  uint64_t seed = std::random_device{}();
  int repeats = 20;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--seed" && i + 1 < argc) seed = std::strtoull(argv[++i], nullptr, 10);
    else if (argument == "--repeats" && i + 1 < argc) repeats = std::max(1, std::atoi(argv[++i]));
    else if (folder.empty() && argument[0] != '-') folder = argument;
    else folder = "", i = argc;
  }
  if (folder.empty()) fail(2, "usage: verify CUBINS-FOLDER [--seed N] [--repeats N]");

  openDriver();
  CUdevice device;
  CUcontext context;
  CUstream stream;
  char deviceName[128];
  int major;
  CHECK(cuInit(0));
  CHECK(cuDeviceGet(&device, 0));
  CHECK(cuDeviceGetName(deviceName, sizeof deviceName, device));
  CHECK(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device));
  if (major != 9) fail(2, "%s is not a Hopper GPU; sm_90a cubins run on nothing else", deviceName);
  CHECK(cuDevicePrimaryCtxRetain(&context, device));
  CHECK(cuCtxSetCurrent(context));
  CHECK(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
  std::printf("%s, seed %llu\n", deviceName, static_cast<unsigned long long>(seed));

  Random random(seed);
  int passed = 0, failed = 0;
  for (int tileN : {8, 16, 32, 64}) {
    const Kernel kernel = loadKernel(folder, tileN);
    for (const Case& test : casesOf(tileN, random)) ++(runCase(kernel, test, stream, random, repeats) ? passed : failed);
    CHECK(cuModuleUnload(kernel.module));
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  if (passed + failed != casesInAll) fail(1, "FAILED: %d cases ran, not %d", passed + failed, casesInAll);
  return failed == 0 ? 0 : 1;
}
