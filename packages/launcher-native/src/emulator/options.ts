import type { Dim3, Target } from '@gemm-preflight/types';
import type { CubinInfo } from '../cubin/index.js';

/** A kernel accessed memory that is not allocated. */
export class IllegalAddressError extends Error {
  override readonly name = 'IllegalAddressError';
  readonly address: bigint;
  readonly bytes: number;

  constructor(address: bigint, bytes: number, where: string) {
    super(`Illegal access to ${bytes} bytes at 0x${address.toString(16)}: ${where}.`);
    this.address = address;
    this.bytes = bytes;
  }
}

/** Device memory as an emulated kernel sees it. */
export interface DeviceMemory {
  /**
   * The bytes at a device address, to be read and written in place.
   *
   * @throws IllegalAddressError unless all of them lie in one live allocation
   */
  view(address: bigint, bytes: number): Uint8Array;
}

/** One launch, as an emulated kernel gets it. */
export interface EmulatedLaunch {
  /** The by-value parameter, packed as for the GPU. */
  readonly params: Uint8Array;
  readonly grid: Dim3;
  readonly block: Dim3;
  /** {1, 1, 1} without the attribute. */
  readonly cluster: Dim3;
  readonly sharedMemBytes: number;
  readonly memory: DeviceMemory;
}

/** Computes on the CPU what a kernel computes on a GPU: all of its grid in one call. */
export type EmulatedKernel = (launch: EmulatedLaunch) => void;

/** What to emulate, and with what. */
export interface EmulatorOptions {
  /** The GPU. A preset of `@gemm-preflight/types` will do. */
  readonly target: Pick<Target, 'name' | 'smVersion' | 'numSms' | 'sharedMemPerBlockOptin'>;
  /** Device memory of each GPU. Default 1 GiB. Host memory is taken only for what is allocated. */
  readonly totalMemoryBytes?: number;
  /** Default 1. */
  readonly deviceCount?: number;
  /** Reads a module; a `CubinError` becomes `CUDA_ERROR_INVALID_IMAGE`. Default: the package's own reader. */
  readonly readCubin?: (bytes: Uint8Array) => Pick<CubinInfo, 'arch' | 'kernels'>;
  /** The emulation of a kernel, by the name of its symbol. */
  readonly kernels: (functionName: string) => EmulatedKernel | undefined;
  /**
   * Told of every illegal access. The driver interface has nothing but an error code to say so, and says it late; this says
   * which address.
   */
  readonly onIllegalAddress?: (error: IllegalAddressError) => void;
}

/** Default of `totalMemoryBytes`. */
export const defaultTotalMemoryBytes = 2 ** 30;
