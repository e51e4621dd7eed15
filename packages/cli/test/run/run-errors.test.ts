import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelInfo, Problem } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { root } from '../support/run-main.js';
import {
  catalogFile,
  cubinFile,
  emptyFolder,
  kernel,
  kernelWithoutHash,
  onlyLine,
  problemFile,
  runEmulated,
  tiny,
} from './tiny.js';

const cubin = readFileSync(kernel.cubin);
const fixtures = join(root, 'packages/launcher-native/test/cubin/fixtures');

/** Runs the tiny problem with a catalog of its own, which may have no hash; returns the one line, and the exit code. */
async function failureOf(
  info: KernelInfo,
  ...argv: readonly string[]
): Promise<{ line: string; code: number }> {
  const catalog = ['--catalog', catalogFile(info), '--allow-unhashed'];
  const ran = await runEmulated(problemFile(), ...catalog, ...argv);
  return { line: onlyLine(ran), code: ran.code };
}

describe('a cubin that cannot be used is one line, and exit code 1:', () => {
  it('the catalog names none', async () => {
    const { cubin: _, ...metadata } = kernelWithoutHash;
    expect(await failureOf(metadata)).toEqual({
      code: 1,
      line:
        `preflight: ${kernel.functionName} is metadata alone: its cubin ships with TensorRT-LLM and FlashInfer as a C ` +
        'array; preflight import takes it out',
    });
  });

  it('the catalog of published kernels names none', async () => {
    const published: Problem = { ...tiny, blockScale: true };
    const ran = await runEmulated(problemFile([published]), '--target', 'b200');
    expect(ran.code).toBe(1);
    expect(onlyLine(ran)).toMatch(
      /^preflight: MoE_ProjDown\S+ is metadata alone: its cubin ships with TensorRT-LLM/,
    );
  });

  it('the file is not there', async () => {
    const path = join(emptyFolder(), 'missing.cubin');
    expect(await failureOf({ ...kernel, cubin: path })).toEqual({
      code: 1,
      line: `preflight: cannot read the cubin ${path}, which the catalog names: there is no such file`,
    });
  });

  it('the file is a folder', async () => {
    const path = emptyFolder();
    const { code, line } = await failureOf({ ...kernel, cubin: path });
    expect(code).toBe(1);
    expect(line.startsWith(`preflight: cannot read the cubin ${path}, which the catalog names: `)).toBe(true);
  });

  it('the file is cut short', async () => {
    const half = cubinFile(cubin.subarray(0, cubin.length >> 1));
    const { code, line } = await failureOf({ ...kernelWithoutHash, cubin: half });
    expect(code).toBe(1);
    expect(line).toMatch(new RegExp(`^preflight: ${kernel.functionName}: cubin: .+`));
  });

  it('the file is not the one whose digest the catalog has', async () => {
    const { code, line } = await failureOf({ ...kernel, cubin: cubinFile(Buffer.concat([cubin, cubin])) });
    expect(code).toBe(1);
    expect(line).toContain(`: sha256: the catalog says ${kernel.sha256}, the file has `);
  });

  it('the file is no cubin', async () => {
    const text = cubinFile(Buffer.from('not a cubin\n'));
    const { code, line } = await failureOf({ ...kernelWithoutHash, cubin: text });
    expect(code).toBe(1);
    expect(line).toMatch(/: cubin: /);
  });

  it('the file is for another architecture', async () => {
    const other: KernelInfo = { ...kernelWithoutHash, arch: 'sm100a' };
    const { code, line } = await failureOf(other, '--target', 'b200');
    expect({ code, line }).toEqual({
      code: 1,
      line: `preflight: ${kernel.functionName}: arch: the catalog says sm100a, the cubin is for sm90a`,
    });
  });

  it.each(['tiny.sm90a.cuda12.cubin', 'tiny.sm90a.cuda13.cubin'])(
    'the file has other kernels, for another architecture: %s',
    async (name) => {
      const other: KernelInfo = { ...kernelWithoutHash, arch: 'sm100a', cubin: join(fixtures, name) };
      const { code, line } = await failureOf(other, '--target', 'b200');
      expect(code).toBe(1);
      expect(line).toMatch(/: arch: the catalog says sm100a, the cubin is for sm90a; functionName: /);
    },
  );

  it('the file’s kernel takes other parameters', async () => {
    const other = catalogFile({ ...kernelWithoutHash, paramsStructSize: 17_216 });
    const { code, stdout } = await runEmulated(problemFile(), '--catalog', other);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'the kernel takes 17216 bytes of parameters, and a block of trtllm-gen/1 has 17280',
    );
  });
});

describe('a question that is wrong is one line, and exit code 2:', () => {
  it.each(['seven', '-1', '1.5', '1e3', '0x10', '4294967296', '99999999999999999999', '', ' 1', 'NaN'])(
    'the seed %j',
    async (seed) => {
      const ran = await runEmulated(problemFile(), '--seed', seed);
      expect([ran.code, ran.stdout]).toEqual([2, '']);
      expect(onlyLine(ran)).toBe(
        `preflight: --seed is "${seed}"; it must be a whole number from 0 to 4294967295`,
      );
    },
  );

  it('no seed at all', async () => {
    const ran = await runEmulated(problemFile(), '--seed');
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(onlyLine(ran)).toContain('--seed');
  });

  it('an unknown device', async () => {
    const ran = await runEmulated(problemFile(), '--device', 'tpu');
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(onlyLine(ran)).toBe(
      'preflight: --device is "tpu", which is none of auto, gpu, emulator; did you mean "gpu"?',
    );
  });

  it('an unknown format', async () => {
    const ran = await runEmulated(problemFile(), '--format', 'xml');
    expect(ran.code).toBe(2);
    expect(onlyLine(ran)).toBe('preflight: --format is "xml", which is none of pretty, json');
  });

  it.each([
    ['the option', ['--target', 'h101'], {}],
    ['the file', [], { target: 'h101' }],
  ])('a target that nobody knows, in %s', async (_, argv, rest) => {
    const ran = await runEmulated(problemFile([tiny], rest), ...argv);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(onlyLine(ran)).toMatch(/h101/);
  });

  it('a file of problems that is not there', async () => {
    const ran = await runEmulated('/no/such/problems.json');
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(onlyLine(ran)).toBe('preflight: cannot read /no/such/problems.json: there is no such file');
  });

  it('a catalog that is not there', async () => {
    const ran = await runEmulated(problemFile(), '--catalog', '/no/such/catalog.json');
    expect(ran.code).toBe(2);
    expect(onlyLine(ran)).toBe('preflight: cannot read /no/such/catalog.json: there is no such file');
  });
});

describe('a kernel that fails is one line, and exit code 1:', () => {
  // Tiles of 8 tokens fit best, and the emulator computes what the last entry of that name says.
  const file = problemFile([{ ...tiny, tokensPerBatch: [8, 8] }]);
  const failure = async (lie: Partial<KernelInfo>, ...argv: readonly string[]) => {
    const catalogs = ['--catalog', catalogFile(kernel), '--catalog', catalogFile({ ...kernel, ...lie })];
    const ran = await runEmulated(file, ...catalogs, ...argv);
    return { code: ran.code, line: onlyLine(ran) };
  };

  it('it was compiled for other tiles, and would hang', async () => {
    expect(await failure({ tileN: 16, epilogueTileN: 16, mmaN: 16 })).toEqual({
      code: 1,
      line: 'preflight: tmaB has boxes of 128 × 8 elements, the kernel waits for 128 × 16',
    });
  });

  it('it reads what is not allocated', async () => {
    const { code, line } = await failure({ blockScale: true });
    expect(code).toBe(1);
    expect(line).toMatch(
      /^preflight: CUDA_ERROR_ILLEGAL_ADDRESS \(700\) from \w+\(.*\): a kernel accessed memory/,
    );
  });

  it('it cannot be emulated', async () => {
    const { code, line } = await failure({ shuffledMatrixA: true, dtypeC: 'Fp16' });
    expect(code).toBe(1);
    expect(line).toMatch(
      /^preflight: CUDA_ERROR_NOT_SUPPORTED \(801\) from cuLaunchKernelEx\(kernel: preflight_/,
    );
  });

  it('in JSON, too', async () => {
    const { line } = await failure({ blockScale: true }, '--format', 'json');
    expect(line).toMatch(/^preflight: CUDA_ERROR_ILLEGAL_ADDRESS /);
  });
});

describe('a kernel that asks for more shared memory than there is', () => {
  it('is not launched', async () => {
    const info: KernelInfo = { ...kernel, sharedMemSize: 300_000 };
    const { code, stdout, stderr } = await runEmulated(problemFile(), '--catalog', catalogFile(info));
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('the kernel asks for 300000 bytes of shared memory, more than the 227 KiB');
  });
});
