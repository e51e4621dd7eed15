import { targets } from '@gemm-preflight/types';
import { CubinError, type CubinInfo, type CubinKernel } from '../../src/cubin/index.js';
import { type Context, CudaError, Driver } from '../../src/driver/index.js';
import type { EmulatedKernel, EmulatorOptions } from '../../src/emulator/index.js';

/** A kernel description for `fakeCubin`: unremarkable but for what is given. */
export function fakeKernel(name: string, given: Partial<CubinKernel> = {}): CubinKernel {
  const none = { staticSharedMemBytes: 0, localMemBytes: 0, constantBanks: [], params: [] };
  return { name, numRegisters: 32, paramBytes: 16, ...none, ...given };
}

const elfHeaderBytes = 64;

/** An ELF header of a cubin with nothing behind it but JSON, which `readFakeCubin` reads. */
export function fakeCubin(info: Pick<CubinInfo, 'arch' | 'kernels'>): Uint8Array {
  const header = new Uint8Array(elfHeaderBytes);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header[18] = 190;
  return Buffer.concat([header, Buffer.from(JSON.stringify(info))]);
}

export function readFakeCubin(bytes: Uint8Array): Pick<CubinInfo, 'arch' | 'kernels'> {
  try {
    return JSON.parse(Buffer.from(bytes.subarray(elfHeaderBytes)).toString());
  } catch {
    throw new CubinError('no fake cubin');
  }
}

/** What a test wants to be different from one H100 with 1 MiB of memory. */
export interface Emulation extends Partial<Omit<EmulatorOptions, 'kernels'>> {
  /** Emulations by kernel name. */
  readonly kernels?: Readonly<Record<string, EmulatedKernel>>;
}

export function emulatorOptions({ kernels = {}, ...rest }: Emulation = {}): EmulatorOptions {
  return {
    target: targets.h100,
    totalMemoryBytes: 2 ** 20,
    readCubin: readFakeCubin,
    kernels: (name) => kernels[name],
    ...rest,
  };
}

export function emulate(emulation: Emulation = {}): Driver {
  return Driver.emulator(emulatorOptions(emulation));
}

export function emulatedContext(emulation: Emulation = {}): Context {
  return emulate(emulation).device(0).retainPrimaryContext();
}

/** The CudaError that a function throws. */
export function cudaErrorOf(body: () => unknown): CudaError {
  try {
    body();
  } catch (error) {
    if (error instanceof CudaError) return error;
    throw error;
  }
  throw new Error('expected a CudaError, but nothing was thrown');
}
