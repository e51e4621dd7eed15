/**
 * The CUDA driver API, as far as the launcher uses it: one method per exported function, named exactly as exported.
 *
 * Every method returns the `CUresult` as a number and never throws because a call failed; the floor above turns codes
 * into errors. Handles and device addresses are bigint. An out-parameter is a typed array of one element that the
 * caller owns. Host memory is a `Uint8Array`; where C also takes a byte count, it is an argument of its own, as in C.
 *
 * Two implementations exist: `loadCudaDriver()` over the real library, and the CPU emulator.
 */
export interface DriverCalls {
  // ---- Initialisation, version, errors
  /** Flags must be 0. Has to come before every call but version and error names. */
  cuInit(flags: number): number;
  /** `driverVersion[0]` becomes 1000·major + 10·minor of the newest CUDA the driver knows: 13000, 12080. */
  cuDriverGetVersion(driverVersion: Int32Array): number;
  /** `name[0]` becomes for example `CUDA_ERROR_OUT_OF_MEMORY`. */
  cuGetErrorName(error: number, name: string[]): number;
  /** `text[0]` becomes the driver's own sentence. */
  cuGetErrorString(error: number, text: string[]): number;

  // ---- Devices
  cuDeviceGetCount(count: Int32Array): number;
  cuDeviceGet(device: Int32Array, ordinal: number): number;
  /** Writes at most `bytes` bytes, the last of them NUL. */
  cuDeviceGetName(name: Uint8Array, bytes: number, device: number): number;
  cuDeviceGetAttribute(value: Int32Array, attribute: number, device: number): number;
  cuDeviceTotalMem_v2(bytes: BigUint64Array, device: number): number;
  /** `canAccess[0]` becomes 1 when kernels on `device` can be given access to the memory of `peer`; 0 of a device and itself. */
  cuDeviceCanAccessPeer(canAccess: Int32Array, device: number, peer: number): number;

  // ---- Contexts
  cuDevicePrimaryCtxRetain(context: BigUint64Array, device: number): number;
  cuDevicePrimaryCtxRelease_v2(device: number): number;
  /** Binds a context to the calling thread; 0n unbinds. */
  cuCtxSetCurrent(context: bigint): number;
  cuCtxGetCurrent(context: BigUint64Array): number;
  cuCtxSynchronize(): number;
  /** `least[0]` and `greatest[0]` become the ends of the range; the greatest priority is the lowest number. */
  cuCtxGetStreamPriorityRange(least: Int32Array, greatest: Int32Array): number;
  /** Lets kernels in the current context reach the memory of another device's context. Flags must be 0. */
  cuCtxEnablePeerAccess(peer: bigint, flags: number): number;

  // ---- Memory
  cuMemGetInfo_v2(freeBytes: BigUint64Array, totalBytes: BigUint64Array): number;
  cuMemAlloc_v2(address: BigUint64Array, bytes: number): number;
  cuMemFree_v2(address: bigint): number;
  /** Page-locked host memory; see `viewHostMemory`. */
  cuMemAllocHost_v2(hostAddress: BigUint64Array, bytes: number): number;
  cuMemFreeHost(hostAddress: bigint): number;
  cuMemcpyHtoD_v2(target: bigint, source: Uint8Array, bytes: number): number;
  cuMemcpyDtoH_v2(target: Uint8Array, source: bigint, bytes: number): number;
  cuMemcpyDtoD_v2(target: bigint, source: bigint, bytes: number): number;
  /** Page-locked `source` has to stay allocated until the stream has passed the copy. */
  cuMemcpyHtoDAsync_v2(target: bigint, source: Uint8Array, bytes: number, stream: bigint): number;
  /** Page-locked `target` has to stay allocated until the stream has passed the copy. */
  cuMemcpyDtoHAsync_v2(target: Uint8Array, source: bigint, bytes: number, stream: bigint): number;
  cuMemsetD8_v2(target: bigint, value: number, bytes: number): number;
  cuMemsetD8Async(target: bigint, value: number, bytes: number, stream: bigint): number;

  cuMemcpyDtoDAsync_v2(target: bigint, source: bigint, bytes: number, stream: bigint): number;
  cuMemcpyPeer(
    target: bigint,
    targetContext: bigint,
    source: bigint,
    sourceContext: bigint,
    bytes: number,
  ): number;
  cuMemcpyPeerAsync(
    target: bigint,
    targetContext: bigint,
    source: bigint,
    sourceContext: bigint,
    bytes: number,
    stream: bigint,
  ): number;
  /** Page-locks host memory that JavaScript allocated; see `allocateHostPages`. */
  cuMemHostRegister_v2(memory: Uint8Array, bytes: number, flags: number): number;
  cuMemHostUnregister(memory: Uint8Array): number;

  // ---- Stream-ordered memory
  cuMemAllocAsync(address: BigUint64Array, bytes: number, stream: bigint): number;
  cuMemAllocFromPoolAsync(address: BigUint64Array, bytes: number, pool: bigint, stream: bigint): number;
  cuMemFreeAsync(address: bigint, stream: bigint): number;
  cuDeviceGetDefaultMemPool(pool: BigUint64Array, device: number): number;
  /** `props` is a `CUmemPoolProps`; see `createMemPoolProps`. */
  cuMemPoolCreate(pool: BigUint64Array, props: Uint8Array): number;
  cuMemPoolDestroy(pool: bigint): number;
  cuMemPoolGetAttribute(pool: bigint, attribute: number, value: BigUint64Array): number;
  cuMemPoolSetAttribute(pool: bigint, attribute: number, value: BigUint64Array): number;
  cuMemPoolTrimTo(pool: bigint, minBytesToKeep: number): number;

  // ---- Streams
  /** A lower number is a higher priority; out of range is clamped. */
  cuStreamCreateWithPriority(stream: BigUint64Array, flags: number, priority: number): number;
  cuStreamDestroy_v2(stream: bigint): number;
  cuStreamSynchronize(stream: bigint): number;
  /** `CUDA_ERROR_NOT_READY` while work is pending. */
  cuStreamQuery(stream: bigint): number;
  cuStreamWaitEvent(stream: bigint, event: bigint, flags: number): number;

  cuStreamBeginCapture_v2(stream: bigint, mode: number): number;
  /** Ends the capture whatever it returns. `graph[0]` becomes 0n when something invalidated the capture. */
  cuStreamEndCapture(stream: bigint, graph: BigUint64Array): number;
  /** `status[0]` becomes one of `streamCaptureStatuses`. */
  cuStreamIsCapturing(stream: bigint, status: Int32Array): number;

  // ---- Graphs
  /** With `nodes` 0n, `count[0]` becomes how many nodes there are. */
  cuGraphGetNodes(graph: bigint, nodes: bigint, count: BigUint64Array): number;
  cuGraphInstantiateWithFlags(executable: BigUint64Array, graph: bigint, flags: bigint): number;
  cuGraphLaunch(executable: bigint, stream: bigint): number;
  cuGraphExecDestroy(executable: bigint): number;
  cuGraphDestroy(graph: bigint): number;

  // ---- Events
  cuEventCreate(event: BigUint64Array, flags: number): number;
  cuEventRecord(event: bigint, stream: bigint): number;
  /** `CUDA_ERROR_NOT_READY` while the work before the event is pending. */
  cuEventQuery(event: bigint): number;
  cuEventSynchronize(event: bigint): number;
  /**
   * The name without a suffix: CUDA 12.8 added `_v2`, and drivers still export this one.
   * `milliseconds[0]` has a resolution of about 0.5 µs.
   */
  cuEventElapsedTime(milliseconds: Float32Array, start: bigint, end: bigint): number;
  cuEventDestroy_v2(event: bigint): number;

  // ---- Modules and functions
  /** The driver takes no length and believes the image's own headers: never hand it a truncated one. */
  cuModuleLoadData(module: BigUint64Array, image: Uint8Array): number;
  cuModuleUnload(module: bigint): number;
  cuModuleGetFunction(func: BigUint64Array, module: bigint, name: string): number;
  cuFuncGetAttribute(value: Int32Array, attribute: number, func: bigint): number;
  cuFuncSetAttribute(func: bigint, attribute: number, value: number): number;

  // ---- Tensor maps
  /**
   * Writes 128 bytes at the start of `tensorMap`, which may have any alignment. `globalStrides` needs one element even for
   * rank 1: drivers refuse a null pointer there.
   */
  cuTensorMapEncodeTiled(
    tensorMap: Uint8Array,
    dataType: number,
    rank: number,
    globalAddress: bigint,
    globalDim: BigUint64Array,
    globalStrides: BigUint64Array,
    boxDim: Uint32Array,
    elementStrides: Uint32Array,
    interleave: number,
    swizzle: number,
    l2Promotion: number,
    oobFill: number,
  ): number;

  // ---- What C code would do with a pointer
  /**
   * Stands for `cuLaunchKernelEx`: resolves all pointers once and returns a function that makes exactly one driver call.
   *
   * @param config a `CUlaunchConfig` (56 bytes); this call fills in its pointer to the attributes and their number
   * @param attributes as many `CUlaunchAttribute`s (72 bytes each) as the launch has
   * @param params the one by-value parameter; the driver reads as many bytes as the kernel declares
   *
   * The bytes of all three may be changed between calls, and the next call sees the change. They must not be transferred
   * to another thread, and stay allocated as long as the returned function does.
   */
  prepareLaunchKernelEx(
    config: Uint8Array,
    attributes: Uint8Array,
    func: bigint,
    params: Uint8Array,
  ): () => number;
  /**
   * Stands for `cuTensorMapReplaceAddress`: resolves the map's place once and returns a function that makes exactly one driver call,
   * which gives an encoded map another address.
   *
   * @param tensorMap 128 bytes of what `allocateParams` returned, at a multiple of 64 from its start
   */
  prepareTensorMapReplaceAddress(tensorMap: Uint8Array): (globalAddress: bigint) => number;
  /** Zeroed host memory at a multiple of 128 bytes that does not move, for kernel parameters. */
  allocateParams(bytes: number): Uint8Array;
  /** Zeroed host memory that does not move and has its pages to itself, to be page-locked with `cuMemHostRegister_v2`. */
  allocateHostPages(bytes: number): Uint8Array;
  /**
   * The bytes at an address that `cuMemAllocHost_v2` returned. Touching them after `cuMemFreeHost` crashes the process.
   */
  viewHostMemory(hostAddress: bigint, bytes: number): Uint8Array;
}

/** The methods that are not functions of the library. */
type Helper =
  | 'prepareLaunchKernelEx'
  | 'prepareTensorMapReplaceAddress'
  | 'allocateParams'
  | 'allocateHostPages'
  | 'viewHostMemory';

/** A function that the driver library exports and `DriverCalls` has under the same name. */
export type DriverFunctionName = Exclude<keyof DriverCalls, Helper>;

/** The name of a driver function, as an error reports it. */
export type DriverCallName = DriverFunctionName | 'cuLaunchKernelEx' | 'cuTensorMapReplaceAddress';
