import type { DriverCalls } from '../sys/calls.js';
import { functionAttributes, resultCodes } from '../sys/cuda-abi.js';
import { cubinProblem } from './cubin-bounds.js';
import { CudaError, check } from './error.js';

/** A function attribute by the driver's name, without `CU_FUNC_ATTRIBUTE_`. */
export type FunctionAttributeName = keyof typeof functionAttributes;

/**
 * Loads a cubin into the current context. The bytes may be changed or dropped afterwards.
 *
 * The driver is not told where the bytes end, so bytes that are not a whole cubin are refused before it sees them.
 */
export function load(calls: DriverCalls, image: Uint8Array): bigint {
  const problem = cubinProblem(image);
  if (problem !== undefined) {
    const args = { bytes: image.byteLength, problem };
    throw new CudaError(calls, resultCodes.CUDA_ERROR_INVALID_IMAGE, 'cuModuleLoadData', args);
  }
  const module = new BigUint64Array(1);
  check(calls, calls.cuModuleLoadData(module, image), 'cuModuleLoadData', { bytes: image.byteLength });
  return module[0] ?? 0n;
}

/** Unloads a module, and its functions with it. */
export function unload(calls: DriverCalls, module: bigint): void {
  check(calls, calls.cuModuleUnload(module), 'cuModuleUnload', { module });
}

/** The handle of a kernel, by its symbol's exact name. */
export function getFunction(calls: DriverCalls, module: bigint, name: string): bigint {
  const func = new BigUint64Array(1);
  check(calls, calls.cuModuleGetFunction(func, module, name), 'cuModuleGetFunction', { name });
  return func[0] ?? 0n;
}

/** Reads an attribute of a kernel. */
export function getAttribute(calls: DriverCalls, func: bigint, attribute: FunctionAttributeName): number {
  const value = new Int32Array(1);
  const code = calls.cuFuncGetAttribute(value, functionAttributes[attribute], func);
  check(calls, code, 'cuFuncGetAttribute', { attribute });
  return value[0] ?? 0;
}

/** Sets an attribute of a kernel. */
export function setAttribute(
  calls: DriverCalls,
  func: bigint,
  attribute: FunctionAttributeName,
  value: number,
): void {
  const code = calls.cuFuncSetAttribute(func, functionAttributes[attribute], value);
  check(calls, code, 'cuFuncSetAttribute', { attribute, value });
}
