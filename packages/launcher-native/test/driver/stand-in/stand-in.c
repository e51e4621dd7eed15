// Stands in for libcuda.so.1: exports the same symbols, writes every argument that arrives into a log, and returns values
// that a test can recognise. Needs no CUDA toolkit; the structures are declared by hand.
//
//   cc -shared -fPIC stand-in.c -o libstandin.so
//   -DOLD_DRIVER leaves out what CUDA 12.0 added.

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef int CUresult;
typedef uint64_t CUdeviceptr;
typedef void *Handle;

typedef struct {
  unsigned gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ, sharedMemBytes;
  Handle hStream;
  void *attrs;
  unsigned numAttrs;
} LaunchConfig;

typedef struct {
  unsigned id;
  char pad[4];
  char value[64];
} LaunchAttribute;

_Static_assert(sizeof(LaunchConfig) == 56, "CUlaunchConfig");
_Static_assert(sizeof(LaunchAttribute) == 72, "CUlaunchAttribute");

// ---- What tests control and read

static char logText[1 << 16];
static size_t logLength;
static char failingCall[64];
static int failingCode;
static size_t launchParamBytes;
static LaunchConfig lastConfig;
static LaunchAttribute lastAttributes[8];
static unsigned char lastParams[1 << 16];
static void *lastFunction, *lastExtra;
static int launches;

const char *standin_log(void) { return logText; }
void standin_clear(void) { logText[logLength = 0] = 0; failingCall[0] = 0; launches = 0; }
void standin_fail(const char *call, int code) {
  snprintf(failingCall, sizeof failingCall, "%s", call);
  failingCode = code;
}
void standin_expect_params(size_t bytes) { launchParamBytes = bytes; }
void standin_last_config(void *out) { memcpy(out, &lastConfig, sizeof lastConfig); }
void standin_last_attributes(void *out) { memcpy(out, lastAttributes, sizeof(LaunchAttribute) * lastConfig.numAttrs); }
void standin_last_params(void *out) { memcpy(out, lastParams, launchParamBytes); }
uint64_t standin_last_function(void) { return (uint64_t)lastFunction; }
uint64_t standin_last_extra(void) { return (uint64_t)lastExtra; }
int standin_launches(void) { return launches; }

// Calls may come from several threads at once.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void append(const char *format, va_list args) {
  int n = vsnprintf(logText + logLength, sizeof logText - logLength, format, args);
  if (n > 0 && logLength + (size_t)n + 2 < sizeof logText) logLength += (size_t)n;
}

static void say(const char *format, ...) {
  va_list args;
  va_start(args, format);
  append(format, args);
  va_end(args);
}

// Logs "call arguments" and returns the code that the call is to fail with, or 0.
static CUresult enter(const char *call, const char *format, ...) {
  pthread_mutex_lock(&lock);
  say("%s", call);
  if (*format) say(" ");
  va_list args;
  va_start(args, format);
  append(format, args);
  va_end(args);
  say("\n");
  CUresult code = strcmp(call, failingCall) == 0 ? failingCode : 0;
  pthread_mutex_unlock(&lock);
  return code;
}

// The bytes of host memory, in hex, at the end of the last log line.
static void sayBytes(const void *memory, size_t bytes) {
  const unsigned char *p = memory;
  pthread_mutex_lock(&lock);
  if (logLength > 0) logLength -= 1;
  say(" [");
  for (size_t i = 0; i < bytes; i += 1) say("%02x", p[i]);
  say("]\n");
  pthread_mutex_unlock(&lock);
}

#define X(value) ((unsigned long long)(uintptr_t)(value))
#define ENTER(...)                                  \
  do {                                              \
    CUresult code = enter(__func__, __VA_ARGS__);   \
    if (code != 0) return code;                     \
  } while (0)

// ---- Initialisation, version, errors

CUresult cuInit(unsigned flags) { ENTER("%u", flags); return 0; }
CUresult cuDriverGetVersion(int *version) { ENTER(""); *version = 12080; return 0; }

CUresult cuGetErrorName(CUresult error, const char **name) {
  switch (error) {
    case 1: *name = "CUDA_ERROR_INVALID_VALUE"; return 0;
    case 2: *name = "CUDA_ERROR_OUT_OF_MEMORY"; return 0;
    case 600: *name = "CUDA_ERROR_NOT_READY"; return 0;
    case 4242: *name = "CUDA_ERROR_NEWER_THAN_OUR_HEADER"; return 0;
    default: *name = NULL; return 1;
  }
}

CUresult cuGetErrorString(CUresult error, const char **text) {
  if (error == 4242) { *text = "the stand-in says so"; return 0; }
  *text = NULL;
  return 1;
}

// ---- Devices

CUresult cuDeviceGetCount(int *count) { ENTER(""); *count = 3; return 0; }
CUresult cuDeviceGet(int *device, int ordinal) { ENTER("%d", ordinal); *device = ordinal + 40; return 0; }
CUresult cuDeviceGetName(char *name, int bytes, int device) {
  ENTER("%d %d", bytes, device);
  snprintf(name, (size_t)bytes, "Stand-in GPU %d", device);
  return 0;
}
CUresult cuDeviceGetAttribute(int *value, int attribute, int device) {
  ENTER("%d %d", attribute, device);
  *value = -attribute;
  return 0;
}
CUresult cuDeviceTotalMem_v2(size_t *bytes, int device) { ENTER("%d", device); *bytes = 0x1400000000; return 0; }
CUresult cuDeviceCanAccessPeer(int *canAccess, int device, int peer) {
  ENTER("%d %d", device, peer);
  *canAccess = 1;
  return 0;
}

// ---- Contexts

CUresult cuDevicePrimaryCtxRetain(Handle *context, int device) {
  ENTER("%d", device);
  *context = (Handle)0xfedcba9876543210;
  return 0;
}
CUresult cuDevicePrimaryCtxRelease_v2(int device) { ENTER("%d", device); return 0; }
CUresult cuCtxSetCurrent(Handle context) { ENTER("%llx", X(context)); return 0; }
CUresult cuCtxGetCurrent(Handle *context) { ENTER(""); *context = (Handle)0xfedcba9876543210; return 0; }
CUresult cuCtxSynchronize(void) { ENTER(""); return 0; }
CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) { ENTER(""); *least = 0; *greatest = -5; return 0; }
CUresult cuCtxEnablePeerAccess(Handle peer, unsigned flags) { ENTER("%llx %u", X(peer), flags); return 0; }

// ---- Memory

CUresult cuMemGetInfo_v2(size_t *freeBytes, size_t *totalBytes) {
  ENTER("");
  *freeBytes = 0x123456789a;
  *totalBytes = 0x1400000000;
  return 0;
}
CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) { ENTER("%zu", bytes); *address = 0x7fffedcba9876500; return 0; }
CUresult cuMemFree_v2(CUdeviceptr address) { ENTER("%llx", X(address)); return 0; }
static char hostMemory[64];
CUresult cuMemAllocHost_v2(void **address, size_t bytes) {
  ENTER("%zu", bytes);
  memcpy(hostMemory, "page-locked", 12);
  *address = hostMemory;
  return 0;
}
CUresult cuMemFreeHost(void *address) { ENTER("%llx", X(address)); return 0; }
CUresult cuMemcpyHtoD_v2(CUdeviceptr target, const void *source, size_t bytes) {
  ENTER("%llx %zu", X(target), bytes);
  sayBytes(source, bytes);
  return 0;
}
static void pattern(unsigned char *target, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 1) target[i] = (unsigned char)(i + 1);
}
CUresult cuMemcpyDtoH_v2(void *target, CUdeviceptr source, size_t bytes) {
  ENTER("%llx %zu", X(source), bytes);
  pattern(target, bytes);
  return 0;
}
CUresult cuMemcpyDtoD_v2(CUdeviceptr target, CUdeviceptr source, size_t bytes) {
  ENTER("%llx %llx %zu", X(target), X(source), bytes);
  return 0;
}
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void *source, size_t bytes, Handle stream) {
  ENTER("%llx %zu %llx", X(target), bytes, X(stream));
  sayBytes(source, bytes);
  return 0;
}
CUresult cuMemcpyDtoHAsync_v2(void *target, CUdeviceptr source, size_t bytes, Handle stream) {
  ENTER("%llx %zu %llx", X(source), bytes, X(stream));
  pattern(target, bytes);
  return 0;
}
CUresult cuMemsetD8_v2(CUdeviceptr target, unsigned char value, size_t bytes) {
  ENTER("%llx %u %zu", X(target), value, bytes);
  return 0;
}
CUresult cuMemsetD8Async(CUdeviceptr target, unsigned char value, size_t bytes, Handle stream) {
  ENTER("%llx %u %zu %llx", X(target), value, bytes, X(stream));
  return 0;
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr target, CUdeviceptr source, size_t bytes, Handle stream) {
  ENTER("%llx %llx %zu %llx", X(target), X(source), bytes, X(stream));
  return 0;
}
CUresult cuMemcpyPeer(CUdeviceptr target, Handle targetContext, CUdeviceptr source, Handle sourceContext, size_t bytes) {
  ENTER("%llx %llx %llx %llx %zu", X(target), X(targetContext), X(source), X(sourceContext), bytes);
  return 0;
}
CUresult cuMemcpyPeerAsync(CUdeviceptr target, Handle targetContext, CUdeviceptr source, Handle sourceContext,
                           size_t bytes, Handle stream) {
  ENTER("%llx %llx %llx %llx %zu %llx", X(target), X(targetContext), X(source), X(sourceContext), bytes, X(stream));
  return 0;
}
CUresult cuMemHostRegister_v2(void *memory, size_t bytes, unsigned flags) {
  ENTER("%zu %u", bytes, flags);
  sayBytes(memory, bytes);
  return 0;
}
CUresult cuMemHostUnregister(void *memory) { ENTER(""); sayBytes(memory, 5); return 0; }

// ---- Stream-ordered memory

CUresult cuMemAllocAsync(CUdeviceptr *address, size_t bytes, Handle stream) {
  ENTER("%zu %llx", bytes, X(stream));
  *address = 0x7fffedcba9876500;
  return 0;
}
CUresult cuMemAllocFromPoolAsync(CUdeviceptr *address, size_t bytes, Handle pool, Handle stream) {
  ENTER("%zu %llx %llx", bytes, X(pool), X(stream));
  *address = 0x7fffedcba9876500;
  return 0;
}
CUresult cuMemFreeAsync(CUdeviceptr address, Handle stream) { ENTER("%llx %llx", X(address), X(stream)); return 0; }
CUresult cuDeviceGetDefaultMemPool(Handle *pool, int device) {
  ENTER("%d", device);
  *pool = (Handle)0x9001000000000040;
  return 0;
}
CUresult cuMemPoolCreate(Handle *pool, const void *props) {
  ENTER("");
  sayBytes(props, 88);
  *pool = (Handle)0x9001000000000040;
  return 0;
}
CUresult cuMemPoolDestroy(Handle pool) { ENTER("%llx", X(pool)); return 0; }
CUresult cuMemPoolGetAttribute(Handle pool, int attribute, void *value) {
  ENTER("%llx %d", X(pool), attribute);
  *(uint64_t *)value = 0x123456789a;
  return 0;
}
CUresult cuMemPoolSetAttribute(Handle pool, int attribute, void *value) {
  ENTER("%llx %d %llx", X(pool), attribute, X(*(uint64_t *)value));
  return 0;
}
CUresult cuMemPoolTrimTo(Handle pool, size_t minBytesToKeep) { ENTER("%llx %zu", X(pool), minBytesToKeep); return 0; }

// ---- Captures and graphs

CUresult cuStreamBeginCapture_v2(Handle stream, int mode) { ENTER("%llx %d", X(stream), mode); return 0; }
CUresult cuStreamEndCapture(Handle stream, Handle *graph) {
  ENTER("%llx", X(stream));
  *graph = (Handle)0x6a4f000000000010;
  return 0;
}
CUresult cuStreamIsCapturing(Handle stream, int *status) { ENTER("%llx", X(stream)); *status = 1; return 0; }
CUresult cuGraphGetNodes(Handle graph, Handle *nodes, size_t *count) {
  ENTER("%llx %llx", X(graph), X(nodes));
  *count = 12;
  return 0;
}
CUresult cuGraphInstantiateWithFlags(Handle *executable, Handle graph, unsigned long long flags) {
  ENTER("%llx %llu", X(graph), flags);
  *executable = (Handle)0xe8ec000000000020;
  return 0;
}
CUresult cuGraphLaunch(Handle executable, Handle stream) { ENTER("%llx %llx", X(executable), X(stream)); return 0; }
CUresult cuGraphExecDestroy(Handle executable) { ENTER("%llx", X(executable)); return 0; }
CUresult cuGraphDestroy(Handle graph) { ENTER("%llx", X(graph)); return 0; }

// ---- Streams and events

CUresult cuStreamCreateWithPriority(Handle *stream, unsigned flags, int priority) {
  ENTER("%u %d", flags, priority);
  *stream = (Handle)0xabcdef0123456780;
  return 0;
}
CUresult cuStreamDestroy_v2(Handle stream) { ENTER("%llx", X(stream)); return 0; }
CUresult cuStreamSynchronize(Handle stream) { ENTER("%llx", X(stream)); return 0; }
CUresult cuStreamQuery(Handle stream) { ENTER("%llx", X(stream)); return 0; }
CUresult cuStreamWaitEvent(Handle stream, Handle event, unsigned flags) {
  ENTER("%llx %llx %u", X(stream), X(event), flags);
  return 0;
}
CUresult cuEventCreate(Handle *event, unsigned flags) { ENTER("%u", flags); *event = (Handle)0xfeedface00000040; return 0; }
CUresult cuEventRecord(Handle event, Handle stream) { ENTER("%llx %llx", X(event), X(stream)); return 0; }
CUresult cuEventQuery(Handle event) { ENTER("%llx", X(event)); return 0; }
CUresult cuEventSynchronize(Handle event) { ENTER("%llx", X(event)); return 0; }
CUresult cuEventElapsedTime(float *milliseconds, Handle start, Handle end) {
  ENTER("%llx %llx", X(start), X(end));
  *milliseconds = 1.5f;
  return 0;
}
CUresult cuEventDestroy_v2(Handle event) { ENTER("%llx", X(event)); return 0; }

// ---- Modules and functions

CUresult cuModuleLoadData(Handle *module, const void *image) {
  ENTER("");
  sayBytes(image, 20);
  *module = (Handle)0xbeef000000000010;
  return 0;
}
CUresult cuModuleUnload(Handle module) { ENTER("%llx", X(module)); return 0; }
CUresult cuModuleGetFunction(Handle *function, Handle module, const char *name) {
  ENTER("%llx %s", X(module), name);
  *function = (Handle)0xf00d000000000020;
  return 0;
}
CUresult cuFuncGetAttribute(int *value, int attribute, Handle function) {
  ENTER("%d %llx", attribute, X(function));
  *value = 100 + attribute;
  return 0;
}
CUresult cuFuncSetAttribute(Handle function, int attribute, int value) {
  ENTER("%llx %d %d", X(function), attribute, value);
  return 0;
}

#ifndef OLD_DRIVER

// ---- Since CUDA 12.0

CUresult cuTensorMapEncodeTiled(void *map, int dtype, uint32_t rank, void *address, const uint64_t *dims,
                                const uint64_t *strides, const uint32_t *box, const uint32_t *elementStrides,
                                int interleave, int swizzle, int promotion, int fill) {
  ENTER("aligned=%d %d %u %llx dims=%llu,%llu,%llu strides=%llu,%llu box=%u,%u,%u steps=%u,%u,%u %d %d %d %d",
        (uintptr_t)map % 128 == 0, dtype, rank, X(address), X(dims[0]), X(dims[1]), X(dims[2]), X(strides[0]),
        X(strides[1]), box[0], box[1], box[2], elementStrides[0], elementStrides[1], elementStrides[2], interleave,
        swizzle, promotion, fill);
  pattern(map, 128);
  return 0;
}

CUresult cuTensorMapReplaceAddress(void *map, void *address) {
  ENTER("aligned=%d %llx", (uintptr_t)map % 64 == 0, X(address));
  pattern(map, 128);
  return 0;
}

CUresult cuLaunchKernelEx(const LaunchConfig *config, Handle function, void **params, void **extra) {
  ENTER("");
  if (config->numAttrs > 8) return 1;
  pthread_mutex_lock(&lock);
  lastConfig = *config;
  if (config->numAttrs > 0) memcpy(lastAttributes, config->attrs, sizeof(LaunchAttribute) * config->numAttrs);
  memcpy(lastParams, params[0], launchParamBytes);
  lastFunction = function;
  lastExtra = extra;
  launches += 1;
  pthread_mutex_unlock(&lock);
  return 0;
}

#endif
