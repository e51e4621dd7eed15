import type { DriverCallName, DriverCalls } from '../sys/calls.js';
import { resultCodes } from '../sys/cuda-abi.js';
import { adviceFor } from './advice.js';

/** The arguments of a failed call that matter, by name. Addresses and handles are bigint, and shown in hex. */
export type CallArguments = Readonly<Record<string, number | bigint | string | readonly number[]>>;

/** A call of the CUDA driver failed. */
export class CudaError extends Error {
  /** The error's name, for example `CUDA_ERROR_OUT_OF_MEMORY`. */
  override readonly name: string;
  /** The `CUresult`. */
  readonly code: number;
  /** The function that failed, as the driver exports it. */
  readonly call: DriverCallName;
  readonly args: CallArguments;

  constructor(calls: DriverCalls, code: number, call: DriverCallName, args: CallArguments = {}) {
    const name = errorName(calls, code);
    const advice = adviceFor(name, call) ?? errorText(calls, code);
    super(`${name} (${code}) from ${call}(${formatArguments(args)}): ${advice}`);
    this.name = name;
    this.code = code;
    this.call = call;
    this.args = args;
  }

  /** The device's context is unusable from here on: every later call fails the same way until it is gone. */
  get isSticky(): boolean {
    return stickyCodes.has(this.code);
  }
}

/** Errors after which "the process must be terminated and relaunched", as cuda.h says of each. */
const stickyCodes: ReadonlySet<number> = new Set([
  resultCodes.CUDA_ERROR_ECC_UNCORRECTABLE,
  resultCodes.CUDA_ERROR_NVLINK_UNCORRECTABLE,
  resultCodes.CUDA_ERROR_CONTAINED,
  resultCodes.CUDA_ERROR_ILLEGAL_ADDRESS,
  resultCodes.CUDA_ERROR_LAUNCH_TIMEOUT,
  resultCodes.CUDA_ERROR_ASSERT,
  resultCodes.CUDA_ERROR_HARDWARE_STACK_ERROR,
  resultCodes.CUDA_ERROR_ILLEGAL_INSTRUCTION,
  resultCodes.CUDA_ERROR_MISALIGNED_ADDRESS,
  resultCodes.CUDA_ERROR_INVALID_ADDRESS_SPACE,
  resultCodes.CUDA_ERROR_INVALID_PC,
  resultCodes.CUDA_ERROR_LAUNCH_FAILED,
  resultCodes.CUDA_ERROR_TENSOR_MEMORY_LEAK,
  resultCodes.CUDA_ERROR_EXTERNAL_DEVICE,
]);

/**
 * Does nothing after a success.
 *
 * @throws CudaError for every other code
 */
export function check(calls: DriverCalls, code: number, call: DriverCallName, args?: CallArguments): void {
  if (code !== resultCodes.CUDA_SUCCESS) throw new CudaError(calls, code, call, args);
}

/** The driver's name of a code, so that errors newer than our header have one too. */
function errorName(calls: DriverCalls, code: number): string {
  const name: string[] = [''];
  return calls.cuGetErrorName(code, name) === resultCodes.CUDA_SUCCESS && name[0]
    ? name[0]
    : `CUDA_ERROR_${code}`;
}

function errorText(calls: DriverCalls, code: number): string {
  const text: string[] = [''];
  const found = calls.cuGetErrorString(code, text) === resultCodes.CUDA_SUCCESS && text[0];
  return found ? `${found}.` : 'the driver does not know this error.';
}

function formatArguments(args: CallArguments): string {
  return Object.entries(args)
    .map(([name, value]) => `${name}: ${formatValue(value)}`)
    .join(', ');
}

function formatValue(value: CallArguments[string]): string {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  return typeof value === 'object' ? `[${value.join(', ')}]` : String(value);
}
