import { type Checker, createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { OpenDevice } from '@gemm-preflight/launcher-native';
import type { KernelInfo } from '@gemm-preflight/types';
import { BufferStore } from './buffer-store.js';
import { DeviceHealth } from './device-health.js';
import { Kernels } from './kernels.js';
import { LaunchQueue } from './launch-queue.js';
import { PreparedGemms } from './prepared-gemms.js';
import type { Settings } from './settings.js';

/** What routes work with. */
export interface Services {
  readonly settings: Settings;
  readonly device: OpenDevice;
  readonly health: DeviceHealth;
  readonly checker: Checker;
  readonly kernels: Kernels;
  readonly prepared: PreparedGemms;
  readonly buffers: BufferStore;
  readonly queue: LaunchQueue;
  /** Set when the service is told to stop: it finishes what it has begun, and begins nothing. */
  isStopping: boolean;
}

/** Makes the parts of a service. All that they hold goes with the device's context. */
export function createServices(
  settings: Settings,
  device: OpenDevice,
  catalog: readonly KernelInfo[],
  onLost: (why: string) => void,
): Services {
  const { context, target } = device;
  const kernels = new Kernels(context, catalog);
  const streams = Array.from({ length: settings.streams }, () => context.createStream({ nonBlocking: true }));
  return {
    settings,
    device,
    health: new DeviceHealth(context, onLost),
    checker: createCheckerSync(),
    kernels,
    prepared: new PreparedGemms(kernels, target, settings.maxPrepared),
    buffers: new BufferStore(context, settings),
    queue: new LaunchQueue(streams, settings.maxQueued),
    isStopping: false,
  };
}
