import { createHash } from 'node:crypto';
import type { KernelInfo } from '@gemm-preflight/types';
import { CubinError } from './cubin-error.js';
import { type CubinInfo, type CubinKernel, readCubin } from './read-cubin.js';

function compareHash(entry: KernelInfo, bytes: Uint8Array): string[] {
  if (entry.sha256 === undefined) return [];
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === entry.sha256.toLowerCase()) return [];
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

function compareKernel(entry: KernelInfo, cubin: CubinInfo): string[] {
  const kernel = cubin.kernels.find(({ name }) => name === entry.functionName);
  if (kernel === undefined) {
    const names = cubin.kernels.map(({ name }) => `"${name}"`).join(', ') || 'no kernels';
    return [`functionName: the catalog says "${entry.functionName}", the cubin has ${names}`];
  }
  return [...compareParams(entry, kernel), ...compareThreads(entry, kernel)];
}

/**
 * Holds a catalog entry against the cubin that it describes: digest, architecture, kernel name, parameter block, threads.
 * @param bytes - the cubin file.
 * @returns what differs, one line each, naming the field and both sides; nothing when they agree. A file that is no cubin
 * gives a line too.
 */
export function checkCatalogEntry(entry: KernelInfo, bytes: Uint8Array): string[] {
  const hash = compareHash(entry, bytes);
  let cubin: CubinInfo;
  try {
    cubin = readCubin(bytes);
  } catch (error) {
    if (error instanceof CubinError) return [...hash, `cubin: ${error.message}`];
    throw error;
  }
  const arch =
    cubin.arch === entry.arch ? [] : [`arch: the catalog says ${entry.arch}, the cubin is for ${cubin.arch}`];
  return [...hash, ...arch, ...compareKernel(entry, cubin)];
}
