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
  /** `count[0]` becomes the number of GPUs that this process may use. */
  cuDeviceGetCount(count: Int32Array): number;
  /**
   * `device[0]` becomes the handle of the GPU of a number, counted from 0. `CUDA_ERROR_INVALID_DEVICE` where there is
   * none.
   */
  cuDeviceGet(device: Int32Array, ordinal: number): number;
  /** Writes at most `bytes` bytes, the last of them NUL. */
  cuDeviceGetName(name: Uint8Array, bytes: number, device: number): number;
  /** `value[0]` becomes an attribute: its number is one of `deviceAttributes`, its unit as of `CUdevice_attribute`. */
  cuDeviceGetAttribute(value: Int32Array, attribute: number, device: number): number;
  /** `bytes[0]` becomes the size of the device memory in bytes. */
  cuDeviceTotalMem_v2(bytes: BigUint64Array, device: number): number;
  /** `canAccess[0]` becomes 1 when kernels on `device` can be given access to the memory of `peer`; 0 of a device and itself. */
  cuDeviceCanAccessPeer(canAccess: Int32Array, device: number, peer: number): number;

  // ---- Contexts
  /**
   * `context[0]` becomes the handle of the primary context, which is created with the first reference to it and not
   * bound to the thread.
   */
  cuDevicePrimaryCtxRetain(context: BigUint64Array, device: number): number;
  /** Gives a reference back. With the last one of the process, the context goes with all that lives in it. */
  cuDevicePrimaryCtxRelease_v2(device: number): number;
  /** Binds a context to the calling thread; 0n unbinds. */
  cuCtxSetCurrent(context: bigint): number;
  /** `context[0]` becomes the handle of the calling thread's context, 0n where none is bound. */
  cuCtxGetCurrent(context: BigUint64Array): number;
  /** Blocks the thread until all work in the current context is done, and returns the error of what failed. */
  cuCtxSynchronize(): number;
  /** `least[0]` and `greatest[0]` become the ends of the range; the greatest priority is the lowest number. */
  cuCtxGetStreamPriorityRange(least: Int32Array, greatest: Int32Array): number;
  /** Lets kernels in the current context reach the memory of another device's context. Flags must be 0. */
  cuCtxEnablePeerAccess(peer: bigint, flags: number): number;

  // ---- Memory
  /** `freeBytes[0]` and `totalBytes[0]` become what the device has, in bytes; other processes count as well. */
  cuMemGetInfo_v2(freeBytes: BigUint64Array, totalBytes: BigUint64Array): number;
  /**
   * `address[0]` becomes the address of so many bytes of device memory, a multiple of 256, contents undefined.
   * `CUDA_ERROR_INVALID_VALUE` for 0 bytes.
   */
  cuMemAlloc_v2(address: BigUint64Array, bytes: number): number;
  /**
   * Frees what `cuMemAlloc_v2` gave, by its first address, when the work that may use it is done: the call waits for
   * the device.
   */
  cuMemFree_v2(address: bigint): number;
  /** Page-locked host memory; see `viewHostMemory`. */
  cuMemAllocHost_v2(hostAddress: BigUint64Array, bytes: number): number;
  /** Frees what `cuMemAllocHost_v2` gave, by its first address. */
  cuMemFreeHost(hostAddress: bigint): number;
  /**
   * Copies bytes from host to device memory, after earlier work of streams that are not `NON_BLOCKING`. Done on
   * return for what is not page-locked.
   */
  cuMemcpyHtoD_v2(target: bigint, source: Uint8Array, bytes: number): number;
  /** Copies bytes from device to host memory, after earlier work of streams that are not `NON_BLOCKING`; done on return. */
  cuMemcpyDtoH_v2(target: Uint8Array, source: bigint, bytes: number): number;
  /** Copies bytes within device memory, in the order of the default stream; may go on after it returns. */
  cuMemcpyDtoD_v2(target: bigint, source: bigint, bytes: number): number;
  /** Page-locked `source` has to stay allocated until the stream has passed the copy. */
  cuMemcpyHtoDAsync_v2(target: bigint, source: Uint8Array, bytes: number, stream: bigint): number;
  /** Page-locked `target` has to stay allocated until the stream has passed the copy. */
  cuMemcpyDtoHAsync_v2(target: Uint8Array, source: bigint, bytes: number, stream: bigint): number;
  /** Sets bytes of device memory to a value of 0 to 255, in the order of the default stream; may go on after it returns. */
  cuMemsetD8_v2(target: bigint, value: number, bytes: number): number;
  /** Sets bytes of device memory to a value of 0 to 255, in the order of a stream. */
  cuMemsetD8Async(target: bigint, value: number, bytes: number, stream: bigint): number;

  /** Copies bytes within device memory, in the order of a stream. */
  cuMemcpyDtoDAsync_v2(target: bigint, source: bigint, bytes: number, stream: bigint): number;
  /** Copies bytes from one context's device memory to another's, also where the devices are no peers. */
  cuMemcpyPeer(
    target: bigint,
    targetContext: bigint,
    source: bigint,
    sourceContext: bigint,
    bytes: number,
  ): number;
  /** The same, in the order of a stream of the current context. */
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
  /** Gives pages back that `cuMemHostRegister_v2` locked, by their first byte. The memory stays JavaScript's. */
  cuMemHostUnregister(memory: Uint8Array): number;

  // ---- Stream-ordered memory
  /**
   * `address[0]` becomes the address of so many bytes from the device's current pool, for work that comes after it in
   * the stream.
   */
  cuMemAllocAsync(address: BigUint64Array, bytes: number, stream: bigint): number;
  /** The same, from a pool of one's own. */
  cuMemAllocFromPoolAsync(address: BigUint64Array, bytes: number, pool: bigint, stream: bigint): number;
  /** Frees memory in the order of a stream: work before it may still use it. */
  cuMemFreeAsync(address: bigint, stream: bigint): number;
  /** `pool[0]` becomes the handle of the device's own pool, which is not to be destroyed. */
  cuDeviceGetDefaultMemPool(pool: BigUint64Array, device: number): number;
  /** `props` is a `CUmemPoolProps`; see `createMemPoolProps`. */
  cuMemPoolCreate(pool: BigUint64Array, props: Uint8Array): number;
  /** Destroys a pool. Its memory goes when the last allocation from it has been freed. */
  cuMemPoolDestroy(pool: bigint): number;
  /** `value[0]` becomes an attribute of `memPoolAttributes`, which are counts of bytes. */
  cuMemPoolGetAttribute(pool: bigint, attribute: number, value: BigUint64Array): number;
  /** Sets an attribute of `memPoolAttributes` to `value[0]`, bytes. */
  cuMemPoolSetAttribute(pool: bigint, attribute: number, value: BigUint64Array): number;
  /** Gives free memory of a pool back to the device, until no more than so many bytes are held. */
  cuMemPoolTrimTo(pool: bigint, minBytesToKeep: number): number;

  // ---- Streams
  /** A lower number is a higher priority; out of range is clamped. */
  cuStreamCreateWithPriority(stream: BigUint64Array, flags: number, priority: number): number;
  /** Destroys a stream at once; its work is done all the same. */
  cuStreamDestroy_v2(stream: bigint): number;
  /** Blocks the thread until all work in a stream is done, and returns the error of what failed. */
  cuStreamSynchronize(stream: bigint): number;
  /** `CUDA_ERROR_NOT_READY` while work is pending. */
  cuStreamQuery(stream: bigint): number;
  /** Work put into the stream from now on waits for what the event marks at present. Flags must be 0. */
  cuStreamWaitEvent(stream: bigint, event: bigint, flags: number): number;

  /** What is put into the stream from now on is recorded, not done. `mode` is one of `streamCaptureModes`. */
  cuStreamBeginCapture_v2(stream: bigint, mode: number): number;
  /** Ends the capture whatever it returns. `graph[0]` becomes 0n when something invalidated the capture. */
  cuStreamEndCapture(stream: bigint, graph: BigUint64Array): number;
  /** `status[0]` becomes one of `streamCaptureStatuses`. */
  cuStreamIsCapturing(stream: bigint, status: Int32Array): number;

  // ---- Graphs
  /** With `nodes` 0n, `count[0]` becomes how many nodes there are. */
  cuGraphGetNodes(graph: bigint, nodes: bigint, count: BigUint64Array): number;
  /**
   * `executable[0]` becomes the handle of what can be launched: a copy, which the graph may change or go without.
   * Flags 0n are none.
   */
  cuGraphInstantiateWithFlags(executable: BigUint64Array, graph: bigint, flags: bigint): number;
  /** Puts all that a graph records into a stream. Launches of the same executable graph do not overlap. */
  cuGraphLaunch(executable: bigint, stream: bigint): number;
  /** Destroys an executable graph; launches of it that are under way end. */
  cuGraphExecDestroy(executable: bigint): number;
  /** Destroys a graph. What was instantiated from it stays. */
  cuGraphDestroy(graph: bigint): number;

  // ---- Events
  /** `event[0]` becomes the handle of an event that marks nothing yet. `flags` are of `eventFlags`. */
  cuEventCreate(event: BigUint64Array, flags: number): number;
  /** The event marks the present end of a stream, and nothing that it marked before. */
  cuEventRecord(event: bigint, stream: bigint): number;
  /** `CUDA_ERROR_NOT_READY` while the work before the event is pending. */
  cuEventQuery(event: bigint): number;
  /** Blocks the thread until the work before the mark is done; returns at once for an event never recorded. */
  cuEventSynchronize(event: bigint): number;
  /**
   * The name without a suffix: CUDA 12.8 added `_v2`, and drivers still export this one.
   * `milliseconds[0]` has a resolution of about 0.5 µs.
   */
  cuEventElapsedTime(milliseconds: Float32Array, start: bigint, end: bigint): number;
  /** Destroys an event, also one that the device has not come to yet. */
  cuEventDestroy_v2(event: bigint): number;

  // ---- Modules and functions
  /** The driver takes no length and believes the image's own headers: never hand it a truncated one. */
  cuModuleLoadData(module: BigUint64Array, image: Uint8Array): number;
  /** Unloads a module. Its functions must not be running. */
  cuModuleUnload(module: bigint): number;
  /**
   * `func[0]` becomes the handle of a kernel by the exact name of its symbol; `CUDA_ERROR_NOT_FOUND` where there is
   * none.
   */
  cuModuleGetFunction(func: BigUint64Array, module: bigint, name: string): number;
  /** `value[0]` becomes an attribute of a kernel: its number is one of `functionAttributes`, sizes are in bytes. */
  cuFuncGetAttribute(value: Int32Array, attribute: number, func: bigint): number;
  /** Sets an attribute of a kernel, for launches from now on: its number is one of `functionAttributes`. */
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
