import { type Context, CudaError } from '@gemm-preflight/launcher-native';

/**
 * The error that has made a context unusable, if that is what an error says: a kernel's illegal access or trap, or a fault of
 * the hardware. Whoever comes first gets it itself, and everybody else a `ContextLostError` with it as its cause. CUDA offers no
 * way back from it within the process.
 */
export function lossOf(error: unknown): CudaError | undefined {
  const cause = error instanceof Error && error.cause instanceof CudaError ? error.cause : error;
  return cause instanceof CudaError && cause.isSticky ? cause : undefined;
}

/** Whether the device can still be used. */
export class DeviceHealth {
  readonly #context: Context;
  readonly #onLost: (why: string) => void;
  #loss: string | undefined;

  /** @param onLost - called once, when the device is found to be lost */
  constructor(context: Context, onLost: (why: string) => void) {
    this.#context = context;
    this.#onLost = onLost;
  }

  /** Why the device is lost, as far as calls have met it. */
  get loss(): string | undefined {
    return this.#loss;
  }

  /** Takes note of what a call has thrown. */
  note(error: unknown): void {
    if (this.#loss !== undefined) return;
    this.#loss = lossOf(error)?.message;
    if (this.#loss !== undefined) this.#onLost(this.#loss);
  }

  /** Asks the driver. Returns why the device is lost, and undefined while it is not. */
  probe(): string | undefined {
    if (this.#loss !== undefined) return this.#loss;
    try {
      this.#context.memoryInfo();
    } catch (error) {
      // A probe that fails for any other reason is no good sign either, but may pass.
      this.note(error);
      return error instanceof Error ? error.message : String(error);
    }
    return undefined;
  }
}
