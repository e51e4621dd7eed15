/** The CUDA driver library is not on this machine, or does not load. */
export class DriverNotFoundError extends Error {
  override readonly name = 'DriverNotFoundError';
  /** File name or path that was tried. */
  readonly library: string;

  constructor(library: string, cause: unknown) {
    super(
      `Cannot load the CUDA driver library "${library}" (${reason(cause)}). ` +
        'It comes with the NVIDIA driver: install that, set PREFLIGHT_CUDA_LIBRARY to where the library lies, ' +
        'or use Driver.emulator(), which needs no GPU.',
      { cause },
    );
    this.library = library;
  }
}

/** The driver library is older than a function that was called. */
export class DriverFunctionMissingError extends Error {
  override readonly name = 'DriverFunctionMissingError';
  readonly library: string;
  /** The symbol that the library does not export. */
  readonly functionName: string;

  constructor(library: string, functionName: string, cause: unknown) {
    super(
      `The CUDA driver library "${library}" has no function ${functionName}: the driver is too old. ` +
        'Preflight needs a driver for CUDA 12.0 or later.',
      { cause },
    );
    this.library = library;
    this.functionName = functionName;
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
