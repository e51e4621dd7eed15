// A driver library that does nothing, for host.mjs: what is left of a launch is JavaScript and the way through koffi. Needs no CUDA
// toolkit. launch.mjs and launch.cpp run on it too, to be tried where there is no GPU (PREFLIGHT_CUDA_LIBRARY, LD_LIBRARY_PATH).
//
//   cc -O2 -shared -fPIC -o libnoop.so no-op-driver.c
#include <stdint.h>
#include <string.h>

typedef int CUresult;
typedef void *Handle;

#define NOTHING(name, ...) \
  CUresult name(__VA_ARGS__) { return 0; }

CUresult cuGetErrorName(CUresult error, char const **name) { return *name = "CUDA_ERROR_OF_NOTHING", error != 0; }
CUresult cuGetErrorString(CUresult error, char const **text) { return *text = "nothing", error != 0; }
CUresult cuDriverGetVersion(int *version) { return *version = 13000, 0; }
CUresult cuDeviceGet(int *device, int ordinal) { return *device = ordinal, 0; }
CUresult cuDevicePrimaryCtxRetain(Handle *context, int device) { return *context = (Handle)16, device; }
CUresult cuStreamCreateWithPriority(Handle *stream, unsigned flags, int priority) {
  static uintptr_t last = 0x1000;
  return *stream = (Handle)(last += 16), (int)flags & priority & 0;
}
CUresult cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  static uint64_t next = 0x7f0000000000;
  *address = next;
  next += (bytes + 255) / 256 * 256;
  return 0;
}
CUresult cuModuleLoadData(Handle *module, void const *image) { return *module = (Handle)32, image == 0; }
CUresult cuModuleGetFunction(Handle *function, Handle module, char const *name) {
  return *function = (Handle)48, module == 0 || name == 0;
}
// A map that is told from others, with its address in front: what is done with it is as much as with the driver's.
CUresult cuTensorMapEncodeTiled(void *map, int type, uint32_t rank, void *address, uint64_t const *dims) {
  memset(map, 0, 128);
  memcpy(map, &address, 8);
  memcpy((char *)map + 8, &type, 4);
  memcpy((char *)map + 16, dims, rank * 8);
  return 0;
}
CUresult cuTensorMapReplaceAddress(void *map, void *address) { return memcpy(map, &address, 8), 0; }
// An sm90 with 227 KiB of shared memory a block; whatever else is asked for is 132.
CUresult cuDeviceGetAttribute(int *value, int attribute, int device) {
  return *value = attribute == 75 ? 9 : attribute == 76 ? 0 : attribute == 97 ? 227 * 1024 : 132, device;
}
CUresult cuDeviceGetName(char *name, int bytes, int device) { return strncpy(name, "nothing", (size_t)bytes), device; }
CUresult cuStreamIsCapturing(Handle stream, int *status) { return *status = 0, stream == 0; }
CUresult cuStreamEndCapture(Handle stream, Handle *graph) { return *graph = (Handle)64, stream == 0; }
CUresult cuGraphGetNodes(Handle graph, Handle *nodes, size_t *count) { return *count = 100, graph == 0; }
CUresult cuGraphInstantiateWithFlags(Handle *executable, Handle graph, unsigned long long flags) {
  return *executable = (Handle)80, graph == 0 || flags != 0;
}
NOTHING(cuStreamBeginCapture_v2, Handle stream, int mode)
NOTHING(cuGraphLaunch, Handle executable, Handle stream)
NOTHING(cuGraphExecDestroy, Handle executable)
NOTHING(cuGraphDestroy, Handle graph)
NOTHING(cuLaunchKernelEx, void const *config, Handle function, void **parameters, void **extra)
NOTHING(cuInit, unsigned flags)
NOTHING(cuDevicePrimaryCtxRelease_v2, int device)
NOTHING(cuCtxSetCurrent, Handle context)
NOTHING(cuMemFree_v2, uint64_t address)
NOTHING(cuModuleUnload, Handle module)
NOTHING(cuFuncSetAttribute, Handle function, int attribute, int value)
NOTHING(cuStreamDestroy_v2, Handle stream)
NOTHING(cuStreamSynchronize, Handle stream)
