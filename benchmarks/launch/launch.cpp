// The C++ peer of launch.mjs: the same launches of the same kernel through the same driver calls, everything prepared beforehand.
//
//   g++ -std=c++20 -O3 -I CUDA/include launch.cpp -o launch -lcuda
//   launch CUBIN SHARED_MEM_BYTES THREADS
//
// For each line "MODE COUNT" it makes COUNT launches and answers with the nanoseconds that the host took; of graphs, until the GPU
// was done. Modes:
//   same      one launch, always with the same buffers
//   patched   pointers and tensor maps of four sets of buffers in turn, whose maps are encoded
//   replaced  pointers and tensor maps of 64 sets in turn, with the maps' addresses replaced each time
//   moved     the same, with the addresses written into the maps instead, as the launcher does where they are plain numbers in front
//   encoded   the same, with the maps encoded from the start each time
//   replace   three maps' addresses replaced, and no launch
//   graph     COUNT replays of a graph of 100 launches
#include <cuda.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

void check(CUresult code, char const* call) {
  if (code == CUDA_SUCCESS) return;
  char const* name = nullptr;
  cuGetErrorName(code, &name);
  std::fprintf(stderr, "%s: %s\n", call, name ? name : "an unknown error");
  std::exit(1);
}
#define CHECK(call) check(call, #call)

/** The fields of trtllm-gen/1 that these launches patch. */
struct alignas(64) Params {
  CUtensorMap maps[5];
  uint64_t ptrC, ptrScaleC, ptrScaleGate;
  unsigned char upToPtrA[8960 - 664];
  uint64_t ptrA, strideInBytesA, ptrB, strideInBytesB;
  unsigned char rest[17280 - 8992];
};
static_assert(sizeof(Params) == 17280);
static_assert(offsetof(Params, ptrScaleC) == 648 && offsetof(Params, ptrA) == 8960 && offsetof(Params, ptrB) == 8976);

/** Sizes as in launch.mjs. */
constexpr uint64_t m = 256, k = 256, batches = 2, paddedTokens = 16, tileM = 128, tileN = 8, tileK = 128;

struct Buffers {
  CUdeviceptr a, b, c, scaleC;
  CUtensorMap maps[3];
};

CUdeviceptr allocate(size_t bytes) {
  CUdeviceptr address;
  CHECK(cuMemAlloc(&address, bytes));
  return address;
}

void encode(CUtensorMap& map, CUtensorMapDataType type, CUdeviceptr address, uint64_t inner, uint64_t rows, uint64_t elementBytes,
            uint32_t boxInner, uint32_t boxRows, CUtensorMapSwizzle swizzle) {
  cuuint64_t const dims[] = {inner, rows};
  cuuint64_t const strides[] = {inner * elementBytes};
  cuuint32_t const box[] = {boxInner, boxRows};
  cuuint32_t const steps[] = {1, 1};
  CHECK(cuTensorMapEncodeTiled(&map, type, 2, reinterpret_cast<void*>(address), dims, strides, box, steps,
                               CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle, CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
                               CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE));
}

void encodeAll(CUtensorMap* maps, Buffers const& buffers) {
  encode(maps[0], CU_TENSOR_MAP_DATA_TYPE_UINT8, buffers.a, k, m * batches, 1, tileK, tileM, CU_TENSOR_MAP_SWIZZLE_128B);
  encode(maps[1], CU_TENSOR_MAP_DATA_TYPE_UINT8, buffers.b, k, paddedTokens, 1, tileK, tileN, CU_TENSOR_MAP_SWIZZLE_128B);
  encode(maps[2], CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, buffers.c, m, paddedTokens, 2, 64, tileN, CU_TENSOR_MAP_SWIZZLE_128B);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: launch CUBIN SHARED_MEM_BYTES THREADS\n"), 2;
  CHECK(cuInit(0));
  CUdevice device;
  CHECK(cuDeviceGet(&device, 0));
  CUcontext context;
  CHECK(cuDevicePrimaryCtxRetain(&context, device));
  CHECK(cuCtxSetCurrent(context));
  std::ifstream file(argv[1], std::ios::binary);
  std::vector<char> const cubin((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  unsigned const sharedMemBytes = std::strtoul(argv[2], nullptr, 10);
  CUmodule module;
  CHECK(cuModuleLoadData(&module, cubin.data()));
  CUfunction kernel;
  CHECK(cuModuleGetFunction(&kernel, module, "preflight_empty"));
  CHECK(cuFuncSetAttribute(kernel, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, static_cast<int>(sharedMemBytes)));
  CUstream stream;
  CHECK(cuStreamCreateWithPriority(&stream, CU_STREAM_DEFAULT, 0));

  std::vector<Buffers> sets(64);
  for (Buffers& set : sets) {
    set = {allocate(m * batches * k), allocate(paddedTokens * k), allocate(paddedTokens * m * 2), allocate(4), {}};
    encodeAll(set.maps, set);
  }

  static Params params{};
  CUlaunchAttribute attributes[3]{};
  attributes[0].id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
  attributes[0].value.clusterDim = {1, 1, 1};
  attributes[1].id = CU_LAUNCH_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE;
  attributes[1].value.clusterSchedulingPolicyPreference = CU_CLUSTER_SCHEDULING_POLICY_DEFAULT;
  attributes[2].id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
  attributes[2].value.programmaticStreamSerializationAllowed = 1;
  CUlaunchConfig config{};
  config.gridDimX = m / tileM;
  config.gridDimY = paddedTokens / tileN;
  config.gridDimZ = 1;
  config.blockDimX = std::strtoul(argv[3], nullptr, 10);
  config.blockDimY = config.blockDimZ = 1;
  config.sharedMemBytes = sharedMemBytes;
  config.hStream = stream;
  config.attrs = attributes;
  config.numAttrs = 3;
  void* kernelParams[] = {&params};
  auto const launch = [&] { CHECK(cuLaunchKernelEx(&config, kernel, kernelParams, nullptr)); };
  auto const point = [&](Buffers const& set) {
    params.ptrA = set.a;
    params.ptrB = set.b;
    params.ptrScaleC = set.scaleC;
  };
  point(sets[0]);
  std::memcpy(params.maps, sets[0].maps, sizeof sets[0].maps);

  CHECK(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
  for (int i = 0; i < 100; i++) launch();
  CUgraph graph;
  CHECK(cuStreamEndCapture(stream, &graph));
  CUgraphExec executable;
  CHECK(cuGraphInstantiateWithFlags(&executable, graph, 0));

  std::string mode;
  long count;
  while (std::cin >> mode >> count) {
    auto const start = std::chrono::steady_clock::now();
    if (mode == "same") {
      for (long i = 0; i < count; i++) launch();
    } else if (mode == "patched") {
      for (long i = 0; i < count; i++) {
        Buffers const& set = sets[i % 4];
        point(set);
        std::memcpy(params.maps, set.maps, sizeof set.maps);
        launch();
      }
    } else if (mode == "replaced") {
      for (long i = 0; i < count; i++) {
        Buffers const& set = sets[i % 64];
        point(set);
        CHECK(cuTensorMapReplaceAddress(&params.maps[0], reinterpret_cast<void*>(set.a)));
        CHECK(cuTensorMapReplaceAddress(&params.maps[1], reinterpret_cast<void*>(set.b)));
        CHECK(cuTensorMapReplaceAddress(&params.maps[2], reinterpret_cast<void*>(set.c)));
        launch();
      }
    } else if (mode == "moved") {
      for (long i = 0; i < count; i++) {
        Buffers const& set = sets[i % 64];
        point(set);
        std::memcpy(&params.maps[0], &set.a, sizeof set.a);
        std::memcpy(&params.maps[1], &set.b, sizeof set.b);
        std::memcpy(&params.maps[2], &set.c, sizeof set.c);
        launch();
      }
    } else if (mode == "replace") {
      for (long i = 0; i < count; i++) {
        Buffers const& set = sets[i % 64];
        CHECK(cuTensorMapReplaceAddress(&params.maps[0], reinterpret_cast<void*>(set.a)));
        CHECK(cuTensorMapReplaceAddress(&params.maps[1], reinterpret_cast<void*>(set.b)));
        CHECK(cuTensorMapReplaceAddress(&params.maps[2], reinterpret_cast<void*>(set.c)));
      }
    } else if (mode == "encoded") {
      for (long i = 0; i < count; i++) {
        Buffers const& set = sets[i % 64];
        point(set);
        encodeAll(params.maps, set);
        launch();
      }
    } else {
      for (long i = 0; i < count; i++) CHECK(cuGraphLaunch(executable, stream));
      CHECK(cuStreamSynchronize(stream));
    }
    auto const end = std::chrono::steady_clock::now();
    CHECK(cuStreamSynchronize(stream));
    std::cout << std::chrono::nanoseconds(end - start).count() << std::endl;
  }
}
