import type { CudaError } from '../result/index.js';

/** An object was used after it, or its context, was released. */
export class ReleasedError extends Error {
  override readonly name = 'ReleasedError';

  constructor(label: string) {
    super(`${label} was used after it was released.`);
  }
}

/**
 * A context was used after an error had made it unusable: a kernel's illegal access, a trap, a fault of the hardware. The
 * call that met the error threw the `CudaError`, which is the `cause` here; nothing goes to the driver any more.
 *
 * CUDA offers no way back within a process: every context fails with the same error, also those of other devices, and none
 * can be created, be the first released or the primary context reset (seen with driver 580 on H100s, for illegal addresses
 * and traps). Another process can use the devices at once.
 */
export class ContextLostError extends Error {
  override readonly name = 'ContextLostError';
  override readonly cause: CudaError;

  constructor(label: string, cause: CudaError) {
    const launches = cause.suspects.length === 0 ? '' : `, after launches of ${names(cause.suspects)}`;
    super(
      `${label} is lost since ${cause.name} (${cause.code}) from ${cause.call}${launches}. ` +
        'CUDA lets this process use its GPUs no more: go on in a new one.',
    );
    this.cause = cause;
  }
}

function names(suspects: readonly string[]): string {
  return [...new Set(suspects)].join(', ');
}
