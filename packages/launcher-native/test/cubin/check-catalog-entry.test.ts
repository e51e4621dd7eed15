import { createHash } from 'node:crypto';
import type { KernelInfo } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { checkCatalogEntry } from '../../src/cubin/index.js';
import { cuda12Cubin, cuda13Cubin, patched } from './fixtures.js';

/** `scalars` with its last three parameters cut off would be a kernel of the family; `block` is, but for one parameter more. */
function entry(changes: Partial<KernelInfo> = {}): KernelInfo {
  return {
    functionName: 'block',
    arch: 'sm90a',
    ruleSet: 'trtllm-gen@2025-03',
    paramsAbi: 'trtllm-gen/1',
    paramsStructSize: 0x1100,
    batchMode: 'batchN',
    transposeMmaOutput: true,
    sharedMemSize: 1024,
    threadsPerCta: 96,
    blockScale: false,
    permuteFusion: false,
    shuffledMatrixA: false,
    tileM: 128,
    tileN: 8,
    tileK: 128,
    epilogueTileM: 128,
    epilogueTileN: 8,
    mmaM: 64,
    mmaN: 8,
    mmaK: 32,
    numSlicesForSplitK: 1,
    dtypeElt: 'E4m3',
    dtypeC: 'Bfloat16',
    dtypeAcc: 'Fp32',
    useTmaStore: true,
    numStages: 2,
    useFusedAct: false,
    gateUseClusterSplitK: false,
    projGateNumSplitKSlices: 1,
    ...changes,
  };
}

/** The fixture with the second parameter of `block` taken away: its attribute becomes one that nobody reads. */
function singleParameter(): Uint8Array {
  const attribute = Buffer.from([0x04, 0x45, 0x0c, 0x00, 0, 0, 0, 0, 0x01, 0x00]);
  const at = Buffer.from(cuda13Cubin).indexOf(attribute);
  expect(at).toBeGreaterThan(0);
  return patched(cuda13Cubin, { [at + 1]: 0x7e });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('a catalog entry', () => {
  const cubin = singleParameter();

  it('agrees with its cubin', () => {
    expect(checkCatalogEntry(entry(), cubin)).toEqual([]);
    expect(checkCatalogEntry(entry({ sha256: sha256(cubin) }), cubin)).toEqual([]);
    expect(
      checkCatalogEntry(entry({ sha256: sha256(cubin).toUpperCase(), threadsPerCta: 32 }), cubin),
    ).toEqual([]);
  });

  it('may have another digest than the file', () => {
    expect(checkCatalogEntry(entry({ sha256: 'abc' }), cubin)).toEqual([
      `sha256: the catalog says abc, the file has ${sha256(cubin)}`,
    ]);
  });

  it('may name another architecture', () => {
    expect(checkCatalogEntry(entry({ arch: 'sm100a' }), cubin)).toEqual([
      'arch: the catalog says sm100a, the cubin is for sm90a',
    ]);
  });

  it('may name a kernel that is not there', () => {
    expect(checkCatalogEntry(entry({ functionName: 'blok' }), cubin)).toEqual([
      'functionName: the catalog says "blok", the cubin has "scalars", "block"',
    ]);
  });

  it('may promise a parameter block of another size', () => {
    expect(checkCatalogEntry(entry({ paramsStructSize: 17280 }), cubin)).toEqual([
      'paramsStructSize: the catalog says one parameter of 17280 bytes, the cubin’s kernel takes one of 4352',
    ]);
  });

  it('may describe a kernel that takes several parameters', () => {
    expect(checkCatalogEntry(entry(), cuda12Cubin)).toEqual([
      'paramsStructSize: the catalog says one parameter of 4352 bytes, the cubin’s kernel takes 2 parameters (4352, 8 bytes)',
    ]);
  });

  it('may launch more threads than the kernel was compiled for', () => {
    expect(checkCatalogEntry(entry({ threadsPerCta: 128 }), cubin)).toEqual([
      'threadsPerCta: the catalog says 128, the cubin’s kernel allows at most 96',
    ]);
  });

  it('has to match a required block exactly', () => {
    // EIATTR_MAX_THREADS (5) turned into EIATTR_REQNTID (16).
    const at = Buffer.from(cubin).indexOf(Buffer.from([0x04, 0x05, 0x0c, 0x00, 0x60, 0x00]));
    const required = patched(cubin, { [at + 1]: 0x10 });
    expect(checkCatalogEntry(entry(), required)).toEqual([]);
    expect(checkCatalogEntry(entry({ threadsPerCta: 64 }), required)).toEqual([
      'threadsPerCta: the catalog says 64, the cubin’s kernel requires blocks of 96 × 1 × 1',
    ]);
  });

  it('may ask for more shared memory than a block can have beside the kernel’s own', () => {
    expect(checkCatalogEntry(entry({ sharedMemSize: 232_448 - 384 }), cubin)).toEqual([]);
    expect(checkCatalogEntry(entry({ sharedMemSize: 232_448 }), cubin)).toEqual([
      'sharedMemSize: the catalog says 232448, the cubin’s kernel has 384 bytes of its own, ' +
        'and 232832 are more than the 232448 that a block of sm90a can have',
    ]);
  });

  it('reports everything that differs', () => {
    const wrong = entry({ sha256: '0', arch: 'sm103a', threadsPerCta: 480, paramsStructSize: 1 });
    const fields = checkCatalogEntry(wrong, cubin).map((line) => line.split(':')[0]);
    expect(fields).toEqual(['sha256', 'arch', 'paramsStructSize', 'threadsPerCta']);
  });

  it('reports a file that is no cubin', () => {
    expect(checkCatalogEntry(entry(), cubin.subarray(0, 30))).toEqual([
      'cubin: the file ends at byte 30 but its ELF header reaches to byte 64',
    ]);
  });
});
