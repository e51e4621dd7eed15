// The CUDA driver, opened at run time (no stub library is needed to build), errors that end the program, and a wait that
// does not last for ever. Shared by verify.cu and benchmarks/kernels/bench.cu.
#pragma once

#include <cuda.h>
#include <cuda_runtime.h>
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#define DRIVER_FUNCTIONS(X)                                                                                               \
  X(cuInit) X(cuDeviceGet) X(cuDeviceGetName) X(cuDeviceGetAttribute) X(cuDevicePrimaryCtxRetain) X(cuCtxSetCurrent)      \
  X(cuGetErrorName) X(cuModuleLoadData) X(cuModuleGetFunction) X(cuModuleUnload) X(cuFuncSetAttribute)                    \
  X(cuFuncGetAttribute) X(cuMemAlloc) X(cuMemFree) X(cuMemcpyHtoD) X(cuMemcpyDtoH) X(cuMemcpyDtoDAsync)                   \
  X(cuMemsetD8Async) X(cuCtxSynchronize) X(cuStreamCreate) X(cuStreamQuery) X(cuLaunchKernelEx)                           \
  X(cuTensorMapEncodeTiled) X(cuEventCreate) X(cuEventRecord) X(cuEventElapsedTime)

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
};
inline Driver driver;

template <typename... Args>
[[noreturn]] inline void fail(int code, const char* format, Args... args) {
  std::fflush(stdout);
  if constexpr (sizeof...(args) == 0) std::fputs(format, stderr);
  else std::fprintf(stderr, format, args...);
  std::fputc('\n', stderr);
  std::_Exit(code); // also with a kernel that hangs
}

/** What runs just now, for the message of an error that a kernel caused. */
inline const char* currentWork = "";

inline void check(CUresult result, const char* call) {
  if (result == CUDA_SUCCESS) return;
  const char* name = nullptr;
  driver.cuGetErrorName(result, &name);
  fail(1, "FAILED: %s: %s  %s", call, name ? name : "an unknown error", currentWork);
}
#define CHECK(call) check(driver.call, #call)

/** After a launch of this program's own kernels. */
inline void checkLaunch(const char* kernel) {
  const cudaError_t result = cudaGetLastError();
  if (result != cudaSuccess) fail(1, "FAILED: launch of %s: %s  %s", kernel, cudaGetErrorName(result), currentWork);
}

/** Does not wait for ever: a wrong barrier count shows as a hang. */
inline void synchronize(CUstream stream, int timeoutSeconds = 30) {
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    const CUresult result = driver.cuStreamQuery(stream);
    if (result == CUDA_SUCCESS) return;
    if (result != CUDA_ERROR_NOT_READY) check(result, "kernel");
    const auto waited = std::chrono::steady_clock::now() - start;
    if (waited > std::chrono::seconds(timeoutSeconds)) {
      fail(1, "FAILED: the kernel has not ended after %d s  %s", timeoutSeconds, currentWork);
    }
    if (waited > std::chrono::milliseconds(20)) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

struct Device {
  char name[128];
  int multiprocessors;
  CUstream stream;
};

/** Opens the driver and the first GPU, which must be a Hopper. */
inline Device openDevice() {
  void* library = dlopen("libcuda.so.1", RTLD_NOW);
  if (library == nullptr) fail(2, "no CUDA driver on this machine: %s", dlerror());
  DRIVER_FUNCTIONS(OPEN)

  Device result = {};
  CUdevice device;
  CUcontext context;
  int major;
  CHECK(cuInit(0));
  CHECK(cuDeviceGet(&device, 0));
  CHECK(cuDeviceGetName(result.name, sizeof result.name, device));
  CHECK(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device));
  if (major != 9) fail(2, "%s is not a Hopper GPU; sm_90a cubins run on nothing else", result.name);
  CHECK(cuDeviceGetAttribute(&result.multiprocessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device));
  CHECK(cuDevicePrimaryCtxRetain(&context, device)); // the one that the runtime library uses too
  CHECK(cuCtxSetCurrent(context));
  CHECK(cuStreamCreate(&result.stream, CU_STREAM_NON_BLOCKING));
  return result;
}
