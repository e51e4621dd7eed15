import { type CudaError, context, type StickyObserver, watchSticky } from '../result/index.js';
import type { DriverCalls } from '../sys/index.js';
import { RecentLaunches } from './recent-launches.js';

/** What this thread knows of a device: what it launched there, and whether the device still works for this process. */
export interface DeviceHealth {
  readonly launches: RecentLaunches;
  /** The error after which the device is of no use to this process. */
  lostBy: CudaError | undefined;
}

/**
 * Which context is current on this thread, as far as we set it: setting it again would cost a driver call each time. Sticky
 * errors are that context's.
 *
 * The driver keeps one current context per thread, and a worker thread has its own copy of this module. Other code that
 * sets contexts on the same thread behind our back has to restore them, as CUDA libraries do.
 */
export class CurrentContext implements StickyObserver {
  readonly #calls: DriverCalls;
  readonly #healthByDevice = new Map<number, DeviceHealth>();
  #handle: bigint | undefined;
  #health: DeviceHealth | undefined;

  constructor(calls: DriverCalls) {
    this.#calls = calls;
    watchSticky(calls, this);
  }

  /** The health of a device: there is no way back for it, so that it outlives all contexts. */
  healthOf(device: number): DeviceHealth {
    let health = this.#healthByDevice.get(device);
    if (health === undefined) {
      health = { launches: new RecentLaunches(), lostBy: undefined };
      this.#healthByDevice.set(device, health);
    }
    return health;
  }

  set(handle: bigint, health: DeviceHealth): void {
    if (this.#handle === handle) return;
    this.forget(health);
    context.setCurrent(this.#calls, handle);
    this.#handle = handle;
  }

  /** The context may be gone: the next `set` asks the driver again. Calls until then are about a device. */
  forget(health: DeviceHealth): void {
    this.#handle = undefined;
    this.#health = health;
  }

  suspects(): readonly string[] {
    return this.#health?.launches.names() ?? [];
  }

  onSticky(error: CudaError): void {
    if (this.#health !== undefined) this.#health.lostBy ??= error;
  }
}

const byDriver = new WeakMap<DriverCalls, CurrentContext>();

/** All users of one driver share one memory of its current context. */
export function currentContextOf(calls: DriverCalls): CurrentContext {
  let current = byDriver.get(calls);
  if (current === undefined) {
    current = new CurrentContext(calls);
    byDriver.set(calls, current);
  }
  return current;
}
