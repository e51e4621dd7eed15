import type { DriverCalls, DriverFunctionName } from './calls.js';
import { type NativeLibrary, openLibrary } from './native.js';
import { pointerCalls } from './pointers.js';
import { signatures } from './signatures.js';

/** Overrides the library's name; the tests point it at their stand-in. */
const overrideVariable = 'PREFLIGHT_CUDA_LIBRARY';

const loaded = new Map<string, DriverCalls>();

/** The library that `loadCudaDriver()` opens when it is given no path. */
export function defaultLibrary(): string {
  return process.env[overrideVariable] ?? (process.platform === 'win32' ? 'nvcuda.dll' : 'libcuda.so.1');
}

/**
 * Opens the CUDA driver library. The same path gives the same object every time.
 *
 * Functions are looked up when first called, so an old driver can be used as far as it goes: calling one that it lacks
 * throws `DriverFunctionMissingError`.
 *
 * @param path file name or path; by default `PREFLIGHT_CUDA_LIBRARY`, else `libcuda.so.1` (`nvcuda.dll` on Windows)
 * @throws DriverNotFoundError when there is no such library
 */
export function loadCudaDriver(path: string = defaultLibrary()): DriverCalls {
  let calls = loaded.get(path);
  if (calls === undefined) {
    calls = bindAll(openLibrary(path));
    loaded.set(path, calls);
  }
  return calls;
}

function bindAll(native: NativeLibrary): DriverCalls {
  const functions: Record<string, (...args: readonly unknown[]) => number> = {};
  for (const name of Object.keys(signatures) as DriverFunctionName[]) {
    functions[name] = (...args) => {
      const bound = native.bind(name, signatures[name]);
      functions[name] = bound;
      return bound(...args);
    };
  }
  // `signatures` has every function of DriverCalls, and its type ties the parameters to DriverCalls' own.
  return Object.assign(functions, pointerCalls(native)) as unknown as DriverCalls;
}
