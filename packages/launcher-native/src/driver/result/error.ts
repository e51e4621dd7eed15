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
  /**
   * What a sticky error may have come from: the names of the latest launches that had not been synchronised with, oldest
   * first. The driver does not say which it was. Empty for other errors, and where this thread launched nothing.
   */
  readonly suspects: readonly string[];

  constructor(
    calls: DriverCalls,
    code: number,
    call: DriverCallName,
    args: CallArguments = {},
    suspects: readonly string[] = [],
  ) {
    const name = errorName(calls, code);
    const advice = adviceFor(name, call) ?? errorText(calls, code);
    const launched = suspects.length === 0 ? '' : ` ${describeSuspects(suspects)}`;
    super(`${name} (${code}) from ${call}(${formatArguments(args)}): ${advice}${launched}`);
    this.name = name;
    this.code = code;
    this.call = call;
    this.args = args;
    this.suspects = suspects;
  }

  /** All contexts of the process are unusable from here on: every later call fails the same way. */
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
  if (code !== resultCodes.CUDA_SUCCESS) fail(calls, code, call, args);
}

/** Who has to know that contexts have become unusable. */
export interface StickyObserver {
  /** The launches that may have caused a sticky error. */
  suspects(): readonly string[];
  /** Such an error is about to be thrown. */
  onSticky(error: CudaError): void;
}

const observers = new WeakMap<DriverCalls, StickyObserver>();

/** Tells an observer of the sticky errors of a driver; there is one for each driver. */
export function watchSticky(calls: DriverCalls, observer: StickyObserver): void {
  observers.set(calls, observer);
}

/** @throws CudaError always */
export function fail(calls: DriverCalls, code: number, call: DriverCallName, args?: CallArguments): never {
  const observer = stickyCodes.has(code) ? observers.get(calls) : undefined;
  const error = new CudaError(calls, code, call, args, observer?.suspects());
  observer?.onSticky(error);
  throw error;
}

function describeSuspects(suspects: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of suspects) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = [...counts].map(([name, count]) => (count === 1 ? name : `${name} (${count} times)`));
  return suspects.length === 1
    ? `It came after the launch of ${names.join('')}.`
    : `It came after one of these launches: ${names.join(', ')}. CUDA_LAUNCH_BLOCKING=1 shows which.`;
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
