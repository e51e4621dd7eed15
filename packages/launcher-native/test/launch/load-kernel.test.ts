import { type KernelInfo, type Target, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { type Context, CudaError, Device } from '../../src/driver/index.js';
import { CatalogError, emulatedDriver, loadKernel } from '../../src/launch/index.js';
import { cuda13Cubin } from '../cubin/fixtures.js';
import { catalog, cubinOf, kernelWithTile, ours } from './kernels.js';
import { WatchedCalls } from './watched-calls.js';

const kernel = kernelWithTile(8);
const cubin = cubinOf(kernel);
const { sha256: _, ...withoutHash } = kernel;

function watchedContext(target: Target = targets.h100): { context: Context; watched: WatchedCalls } {
  const watched = new WatchedCalls(emulatedDriver({ target, kernels: ours }).calls);
  return { context: new Device(watched.calls, 0).retainPrimaryContext(), watched };
}

/** The message of the CatalogError, which has to come before any call of the driver. */
function catalogError(info: KernelInfo, bytes: Uint8Array | undefined): string {
  const { context, watched } = watchedContext();
  using _context = context;
  const calls = watched.names.length;
  try {
    loadKernel(context, info, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CatalogError);
    expect(watched.names.slice(calls)).toEqual([]);
    expect((error as CatalogError).message).not.toContain('\n');
    return (error as CatalogError).message;
  }
  throw new Error('expected a CatalogError, and nothing was thrown');
}

describe('loadKernel', () => {
  it.each(ours.map((info): [number, KernelInfo] => [info.tileN, info]))(
    'loads our kernel with tiles of %i tokens, and allows its shared memory',
    (_tile, info) => {
      using context = watchedContext().context;
      using loaded = loadKernel(context, info, cubinOf(info));
      expect(loaded.kernel.name).toBe(info.functionName);
      expect(loaded.kernel.attributes).toMatchObject({
        maxDynamicSharedMemBytes: info.sharedMemSize,
        binaryVersion: 90,
      });
      expect(loaded.params.byteLength).toBe(17_280);
    },
  );

  it.each([
    [49_151, 49_152],
    [49_152, 49_152],
    [49_153, 49_153],
  ])('for %i bytes of shared memory sets the limit to %i', (sharedMemSize, limit) => {
    const { context, watched } = watchedContext();
    using _context = context;
    using loaded = loadKernel(context, { ...kernel, sharedMemSize }, cubin);
    expect(watched.names.includes('cuFuncSetAttribute')).toBe(sharedMemSize >= 49_152);
    expect(loaded.kernel.attributes.maxDynamicSharedMemBytes).toBe(limit);
  });

  it('needs no hash', () => {
    using context = watchedContext().context;
    using loaded = loadKernel(context, withoutHash, cubin);
    expect(loaded.info).toBe(withoutHash);
  });

  it('unloads the cubin again where the function’s limit cannot be raised', () => {
    // The entry asks for no more than its architecture has, and this GPU has less.
    const { context, watched } = watchedContext({ ...targets.h100, sharedMemPerBlockOptin: 64 * 1024 });
    using _context = context;
    const load = () => loadKernel(context, { ...kernel, sharedMemSize: 70_000 }, cubin);
    expect(load).toThrow(CudaError);
    expect(load).toThrow(
      /^CUDA_ERROR_INVALID_VALUE \(1\) from cuFuncSetAttribute\(attribute: MAX_DYNAMIC_SHARED_SIZE_BYTES, value: 70000\)/,
    );
    expect(watched.alive).toEqual(['context']);
  });
});

describe('a catalog entry without a cubin', () => {
  it.each(catalog('trtllm-gen-2025'))('says where a user gets one: $functionName', (info) => {
    expect(catalogError(info, undefined)).toBe(
      `${info.functionName} is metadata alone: its cubin ships with TensorRT-LLM and FlashInfer as a C array; ` +
        'preflight import takes it out',
    );
  });
});

describe('a catalog entry that its cubin contradicts', () => {
  const named = kernel.functionName;

  it('in the hash', () => {
    const wrong = '0'.repeat(64);
    expect(catalogError({ ...kernel, sha256: wrong }, cubin)).toBe(
      `${named}: sha256: the catalog says ${wrong}, the file has ${kernel.sha256}`,
    );
  });

  it('in one changed byte', () => {
    const changed = cubin.slice();
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    expect(catalogError(kernel, changed)).toContain(
      `sha256: the catalog says ${kernel.sha256}, the file has `,
    );
  });

  it('in the architecture', () => {
    expect(catalogError({ ...withoutHash, arch: 'sm100a' }, cubin)).toBe(
      `${named}: arch: the catalog says sm100a, the cubin is for sm90a`,
    );
  });

  it('in the name', () => {
    expect(catalogError({ ...withoutHash, functionName: 'gemm' }, cubin)).toBe(
      `gemm: functionName: the catalog says "gemm", the cubin has "${named}"`,
    );
  });

  it('in the size of the parameter block, which its version contradicts too', () => {
    expect(catalogError({ ...withoutHash, paramsStructSize: 17_216 }, cubin)).toBe(
      `${named}: paramsStructSize: the catalog says 17216, trtllm-gen/1 has 17280; ` +
        'paramsStructSize: the catalog says one parameter of 17216 bytes, the cubin’s kernel takes one of 17280',
    );
  });

  it('in the threads', () => {
    expect(catalogError({ ...withoutHash, threadsPerCta: 1024 }, cubin)).toMatch(
      /: threadsPerCta: the catalog says 1024, /,
    );
  });

  it('in everything at once, in one line', () => {
    const wrong: KernelInfo = { ...kernel, functionName: 'gemm', arch: 'sm100a', sha256: '0'.repeat(64) };
    expect(catalogError(wrong, cubin)).toMatch(/^gemm: sha256: .*; arch: .*; functionName: /);
  });

  it('because it is another cubin', () => {
    expect(catalogError(withoutHash, cuda13Cubin)).toBe(
      `${named}: functionName: the catalog says "${named}", the cubin has "scalars", "block"`,
    );
  });

  it.each([
    ['cut to half', cubin.subarray(0, cubin.length >> 1)],
    ['cut by one byte', cubin.subarray(0, -1)],
    ['cut to its first 64 bytes', cubin.subarray(0, 64)],
    ['empty', new Uint8Array(0)],
    ['text', Buffer.from('no cubin at all')],
  ])('because the file is %s', (_what, bytes) => {
    expect(catalogError(withoutHash, bytes)).toMatch(new RegExp(`^${named}: cubin: .+`));
    expect(catalogError(kernel, bytes)).toMatch(new RegExp(`^${named}: sha256: .*; cubin: .+`));
  });
});

describe('a cubin for another architecture', () => {
  it.each([
    ['by itself', (context: Context) => context.loadModule(cubin)],
    ['of a sound catalog entry', (context: Context) => loadKernel(context, kernel, cubin)],
  ])('%s is a CudaError that says so', (_what, load) => {
    const { context, watched } = watchedContext(targets.b200);
    using _context = context;
    expect(() => load(context)).toThrow(CudaError);
    expect(() => load(context)).toThrow(
      `CUDA_ERROR_NO_BINARY_FOR_GPU (209) from cuModuleLoadData(bytes: ${cubin.byteLength}): ` +
        "the module was built for another GPU architecture. Choose a kernel whose arch is the device's.",
    );
    expect(watched.alive).toEqual(['context']);
  });
});
