import { context } from '../result/index.js';
import type { DriverCalls } from '../sys/index.js';

/**
 * Which context is current on this thread, as far as we set it: setting it again would cost a driver call each time.
 *
 * The driver keeps one current context per thread, and a worker thread has its own copy of this module. Other code that
 * sets contexts on the same thread behind our back has to restore them, as CUDA libraries do.
 */
export class CurrentContext {
  readonly #calls: DriverCalls;
  #handle: bigint | undefined;

  constructor(calls: DriverCalls) {
    this.#calls = calls;
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
