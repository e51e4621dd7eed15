export { CaptureError } from './capture.js';
export { Context } from './context.js';
export { ContextLostError, ReleasedError } from './context-errors.js';
export { Device } from './device.js';
export {
  type AsyncAllocation,
  type CopyOptions,
  DeviceBuffer,
  type DeviceCopyOptions,
  type FillOptions,
} from './device-buffer.js';
export { type DevicePointer, devicePointer, nullPointer, offsetPointer } from './device-pointer.js';
export { type CudaVersion, Driver } from './driver.js';
export { Event, type EventOptions } from './event.js';
export { Graph } from './graph.js';
export { Kernel, type KernelAttributes } from './kernel.js';
export { MemoryPool, type MemoryPoolOptions } from './memory-pool.js';
export { Module } from './module.js';
export { PinnedBuffer } from './pinned-buffer.js';
export { type LaunchConfig, type LaunchOptions, PreparedLaunch } from './prepared-launch.js';
export type { ByteHolder, HostMemory } from './range.js';
export { Stream, type StreamOptions } from './stream.js';
