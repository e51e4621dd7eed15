import { createHash } from 'node:crypto';
import { type KernelInfo, targets } from '@gemm-preflight/types';
import { CubinError } from './cubin-error.js';
import { type CubinInfo, type CubinKernel, readCubin } from './read-cubin.js';

/** A cubin's contents, and the digest of its bytes. */
export interface HashedCubin {
  readonly cubin: CubinInfo;
  /** Hexadecimal digits, in small letters. */
  readonly sha256: string;
}

/** The SHA-256 of a file's bytes, in hexadecimal digits. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function compareHash(entry: KernelInfo, actual: string): string[] {
  if (entry.sha256 === undefined || actual === entry.sha256.toLowerCase()) return [];
  return [`sha256: the catalog says ${entry.sha256}, the file has ${actual}`];
}

function compareParams({ paramsStructSize }: KernelInfo, { params }: CubinKernel): string[] {
  const [only] = params;
  const expected = `paramsStructSize: the catalog says one parameter of ${paramsStructSize} bytes, the cubin’s kernel takes`;
  if (params.length !== 1 || only === undefined) {
    return [`${expected} ${params.length} parameters (${params.map(({ bytes }) => bytes).join(', ')} bytes)`];
  }
  return only.bytes === paramsStructSize ? [] : [`${expected} one of ${only.bytes}`];
}

function compareThreads({ threadsPerCta }: KernelInfo, { maxThreads, requiredBlock }: CubinKernel): string[] {
  const catalog = `threadsPerCta: the catalog says ${threadsPerCta}`;
  if (requiredBlock !== undefined && maxThreads !== threadsPerCta) {
    return [`${catalog}, the cubin’s kernel requires blocks of ${requiredBlock.join(' × ')}`];
  }
  if (maxThreads !== undefined && threadsPerCta > maxThreads) {
    return [`${catalog}, the cubin’s kernel allows at most ${maxThreads}`];
  }
  return [];
}

/** Dynamic shared memory comes on top of what the kernel declares itself; a block can have only so much of both. */
function compareSharedMem(
  { sharedMemSize, arch }: KernelInfo,
  { staticSharedMemBytes }: CubinKernel,
): string[] {
  const limits = Object.values(targets).filter((target) => target.arch === arch);
  const limit = Math.max(...limits.map(({ sharedMemPerBlockOptin }) => sharedMemPerBlockOptin));
  const total = sharedMemSize + staticSharedMemBytes;
  if (limits.length === 0 || total <= limit) return [];
  return [
    `sharedMemSize: the catalog says ${sharedMemSize}, the cubin’s kernel has ${staticSharedMemBytes} bytes of its own, ` +
      `and ${total} are more than the ${limit} that a block of ${arch} can have`,
  ];
}

function compareKernel(entry: KernelInfo, cubin: CubinInfo): string[] {
  const kernel = cubin.kernels.find(({ name }) => name === entry.functionName);
  if (kernel === undefined) {
    const names = cubin.kernels.map(({ name }) => `"${name}"`).join(', ') || 'no kernels';
    return [`functionName: the catalog says "${entry.functionName}", the cubin has ${names}`];
  }
  return [
    ...compareParams(entry, kernel),
    ...compareThreads(entry, kernel),
    ...compareSharedMem(entry, kernel),
  ];
}

/**
 * Holds a catalog entry against a cubin that was read: digest, architecture, kernel name, parameter block, threads, shared
 * memory. An entry without a digest is held against the rest alone.
 * @returns what differs, one line each, naming the field and both sides; nothing when they agree
 */
export function compareWithCubin(entry: KernelInfo, { cubin, sha256 }: HashedCubin): string[] {
  const arch =
    cubin.arch === entry.arch ? [] : [`arch: the catalog says ${entry.arch}, the cubin is for ${cubin.arch}`];
  return [...compareHash(entry, sha256), ...arch, ...compareKernel(entry, cubin)];
}

/**
 * The same for the bytes of the cubin.
 * @returns a line also for bytes that are no cubin
 */
export function checkCatalogEntry(entry: KernelInfo, bytes: Uint8Array): string[] {
  const sha256 = sha256Of(bytes);
  let cubin: CubinInfo;
  try {
    cubin = readCubin(bytes);
  } catch (error) {
    if (error instanceof CubinError) return [...compareHash(entry, sha256), `cubin: ${error.message}`];
    throw error;
  }
  return compareWithCubin(entry, { cubin, sha256 });
}
