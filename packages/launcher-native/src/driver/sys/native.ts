import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import type { DriverCallName } from './calls.js';
import { DriverFunctionMissingError, DriverNotFoundError } from './library-errors.js';
import type { CType } from './signatures.js';

/** What the rest of this folder needs of the foreign-function interface. */
export interface NativeLibrary {
  /** @throws DriverFunctionMissingError when the library does not export the name */
  bind(name: DriverCallName, parameters: readonly CType[]): (...args: readonly unknown[]) => number;
  /** Address of an array's first byte. The memory of an `ArrayBuffer` does not move, but goes with its last reference. */
  addressOf(bytes: Uint8Array | BigUint64Array): bigint;
  /** Memory that JavaScript did not allocate. */
  view(address: bigint, bytes: number): Uint8Array;
}

/**
 * Opens a shared library. koffi itself is loaded here, not at import: a machine without a driver, or a platform without
 * koffi, can still import the package.
 *
 * @throws DriverNotFoundError
 */
export function openLibrary(path: string): NativeLibrary {
  const koffi = orNotFound(path, loadKoffi);
  const library = orNotFound(path, () => koffi.load(path));
  return {
    bind(name, parameters) {
      const types = parameters.map((type) => (type === 'out str' ? koffi.out(koffi.pointer('str')) : type));
      try {
        return library.func(name, 'int', types);
      } catch (cause) {
        throw new DriverFunctionMissingError(path, name, cause);
      }
    },
    addressOf: (bytes) => koffi.address(bytes),
    view: (address, bytes) => new Uint8Array(koffi.view(address, bytes)),
  };
}

function loadKoffi(): typeof Koffi {
  return createRequire(import.meta.url)('koffi');
}

function orNotFound<Result>(library: string, open: () => Result): Result {
  try {
    return open();
  } catch (cause) {
    throw new DriverNotFoundError(library, cause);
  }
}
