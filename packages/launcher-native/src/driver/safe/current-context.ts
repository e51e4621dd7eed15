import { type CudaError, context, type StickyObserver, watchSticky } from '../result/index.js';
import type { DriverCalls } from '../sys/index.js';
import { RecentLaunches } from './recent-launches.js';

/**
 * What this thread knows of a driver: which context is current, as far as we set it, since setting it again would cost a
 * driver call each time; what was launched lately; and whether an error has made all contexts unusable.
 *
 * The driver keeps one current context per thread, and a worker thread has its own copy of this module. Other code that
 * sets contexts on the same thread behind our back has to restore them, as CUDA libraries do.
 */
export class CurrentContext implements StickyObserver {
  readonly #calls: DriverCalls;
  readonly #launchesByDevice = new Map<number, RecentLaunches>();
  #handle: bigint | undefined;
  #lostBy: CudaError | undefined;

  constructor(calls: DriverCalls) {
    this.#calls = calls;
    watchSticky(calls, this);
  }

  /** The error after which this process can use no context any more; see `ContextLostError`. */
  get lostBy(): CudaError | undefined {
    return this.#lostBy;
  }

  /** What was launched on a device; contexts of the same device share it. */
  launchesOn(device: number): RecentLaunches {
    let launches = this.#launchesByDevice.get(device);
    if (launches === undefined) {
      launches = new RecentLaunches();
      this.#launchesByDevice.set(device, launches);
    }
    return launches;
  }

  set(handle: bigint): void {
    if (this.#handle === handle) return;
    context.setCurrent(this.#calls, handle);
    this.#handle = handle;
  }

  /** The context may be gone: the next `set` asks the driver again. */
  forget(): void {
    this.#handle = undefined;
  }

  /** Those of all devices: a fault on one shows on the others, too. */
  suspects(): readonly string[] {
    return [...this.#launchesByDevice.values()].flatMap((launches) => launches.names());
  }

  onSticky(error: CudaError): void {
    this.#lostBy ??= error;
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
