import type { DriverCalls, DriverFunctionName } from './calls.js';

/** C types as koffi names them. Addresses travel as integers: koffi passes those at half the cost of buffers. */
export type CType = 'int' | 'uint' | 'uchar' | 'size_t' | 'uint64' | 'str' | 'void *' | 'out str';

/** The C types that a TypeScript parameter type may stand for. */
type CTypeOf<Parameter> = Parameter extends number
  ? 'int' | 'uint' | 'uchar' | 'size_t'
  : Parameter extends bigint
    ? 'uint64'
    : Parameter extends string
      ? 'str'
      : Parameter extends string[]
        ? 'out str'
        : 'void *';

type CTypesOf<Parameters extends readonly unknown[]> = {
  readonly [Index in keyof Parameters]: CTypeOf<Parameters[Index]>;
};

/** One C type per parameter: a forgotten or swapped one does not compile. */
type Signature<Name extends DriverFunctionName> = CTypesOf<Parameters<DriverCalls[Name]>>;

/** Parameter types by function, from the prototypes in cuda.h. All return a `CUresult`, an int. */
export const signatures: { readonly [Name in DriverFunctionName]: Signature<Name> } = {
  cuInit: ['uint'],
  cuDriverGetVersion: ['void *'],
  cuGetErrorName: ['int', 'out str'],
  cuGetErrorString: ['int', 'out str'],

  cuDeviceGetCount: ['void *'],
  cuDeviceGet: ['void *', 'int'],
  cuDeviceGetName: ['void *', 'int', 'int'],
  cuDeviceGetAttribute: ['void *', 'int', 'int'],
  cuDeviceTotalMem_v2: ['void *', 'int'],
  cuDeviceCanAccessPeer: ['void *', 'int', 'int'],

  cuDevicePrimaryCtxRetain: ['void *', 'int'],
  cuDevicePrimaryCtxRelease_v2: ['int'],
  cuCtxSetCurrent: ['uint64'],
  cuCtxGetCurrent: ['void *'],
  cuCtxSynchronize: [],
  cuCtxGetStreamPriorityRange: ['void *', 'void *'],
  cuCtxEnablePeerAccess: ['uint64', 'uint'],

  cuMemGetInfo_v2: ['void *', 'void *'],
  cuMemAlloc_v2: ['void *', 'size_t'],
  cuMemFree_v2: ['uint64'],
  cuMemAllocHost_v2: ['void *', 'size_t'],
  cuMemFreeHost: ['uint64'],
  cuMemcpyHtoD_v2: ['uint64', 'void *', 'size_t'],
  cuMemcpyDtoH_v2: ['void *', 'uint64', 'size_t'],
  cuMemcpyDtoD_v2: ['uint64', 'uint64', 'size_t'],
  cuMemcpyHtoDAsync_v2: ['uint64', 'void *', 'size_t', 'uint64'],
  cuMemcpyDtoHAsync_v2: ['void *', 'uint64', 'size_t', 'uint64'],
  cuMemsetD8_v2: ['uint64', 'uchar', 'size_t'],
  cuMemsetD8Async: ['uint64', 'uchar', 'size_t', 'uint64'],
  cuMemcpyDtoDAsync_v2: ['uint64', 'uint64', 'size_t', 'uint64'],
  cuMemcpyPeer: ['uint64', 'uint64', 'uint64', 'uint64', 'size_t'],
  cuMemcpyPeerAsync: ['uint64', 'uint64', 'uint64', 'uint64', 'size_t', 'uint64'],
  cuMemHostRegister_v2: ['void *', 'size_t', 'uint'],
  cuMemHostUnregister: ['void *'],

  cuMemAllocAsync: ['void *', 'size_t', 'uint64'],
  cuMemAllocFromPoolAsync: ['void *', 'size_t', 'uint64', 'uint64'],
  cuMemFreeAsync: ['uint64', 'uint64'],
  cuDeviceGetDefaultMemPool: ['void *', 'int'],
  cuMemPoolCreate: ['void *', 'void *'],
  cuMemPoolDestroy: ['uint64'],
  cuMemPoolGetAttribute: ['uint64', 'int', 'void *'],
  cuMemPoolSetAttribute: ['uint64', 'int', 'void *'],
  cuMemPoolTrimTo: ['uint64', 'size_t'],

  cuStreamCreateWithPriority: ['void *', 'uint', 'int'],
  cuStreamDestroy_v2: ['uint64'],
  cuStreamSynchronize: ['uint64'],
  cuStreamQuery: ['uint64'],
  cuStreamWaitEvent: ['uint64', 'uint64', 'uint'],
  cuStreamBeginCapture_v2: ['uint64', 'int'],
  cuStreamEndCapture: ['uint64', 'void *'],
  cuStreamIsCapturing: ['uint64', 'void *'],

  cuGraphGetNodes: ['uint64', 'uint64', 'void *'],
  cuGraphInstantiateWithFlags: ['void *', 'uint64', 'uint64'],
  cuGraphLaunch: ['uint64', 'uint64'],
  cuGraphExecDestroy: ['uint64'],
  cuGraphDestroy: ['uint64'],

  cuEventCreate: ['void *', 'uint'],
  cuEventRecord: ['uint64', 'uint64'],
  cuEventQuery: ['uint64'],
  cuEventSynchronize: ['uint64'],
  cuEventElapsedTime: ['void *', 'uint64', 'uint64'],
  cuEventDestroy_v2: ['uint64'],

  cuModuleLoadData: ['void *', 'void *'],
  cuModuleUnload: ['uint64'],
  cuModuleGetFunction: ['void *', 'uint64', 'str'],
  cuFuncGetAttribute: ['void *', 'int', 'uint64'],
  cuFuncSetAttribute: ['uint64', 'int', 'int'],

  cuTensorMapEncodeTiled: [
    'void *',
    'int',
    'uint',
    'uint64',
    'void *',
    'void *',
    'void *',
    'void *',
    'int',
    'int',
    'int',
    'int',
  ],
};
