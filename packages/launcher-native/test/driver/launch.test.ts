import type { Dim3 } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import {
  type Context,
  ContextLostError,
  type LaunchOptions,
  type PreparedLaunch,
} from '../../src/driver/index.js';
import type { EmulatedKernel, EmulatedLaunch, IllegalAddressError } from '../../src/emulator/index.js';
import { cudaErrorOf, emulatedContext, fakeCubin, fakeKernel } from './emulated.js';

const dim = (x: number, y = 1, z = 1): Dim3 => ({ x, y, z });

const cubin = fakeCubin({
  arch: 'sm90a',
  kernels: [
    fakeKernel('double'),
    fakeKernel('unknown'),
    fakeKernel('hungry', { numRegisters: 255 }),
    fakeKernel('bounded', { maxThreads: 128 }),
    fakeKernel('clustered', { requiredCluster: [2, 1, 1] }),
  ],
});

/** Parameters: address of floats (u64), their count (u32). Doubles each. */
const double: EmulatedKernel = ({ params, memory }) => {
  const view = new DataView(params.buffer, params.byteOffset, params.byteLength);
  const count = view.getUint32(8, true);
  const bytes = memory.view(view.getBigUint64(0, true), 4 * count);
  const floats = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < count; i += 1) floats.setFloat32(4 * i, 2 * floats.getFloat32(4 * i, true), true);
};

function packParams(address: bigint, count: number): Uint8Array {
  const params = new Uint8Array(16);
  const view = new DataView(params.buffer);
  view.setBigUint64(0, address, true);
  view.setUint32(8, count, true);
  return params;
}

function prepare(context: Context, name: string, options: Partial<LaunchOptions> = {}): PreparedLaunch {
  return context
    .loadModule(cubin)
    .getKernel(name)
    .prepareLaunch({
      grid: dim(1),
      block: dim(32),
      params: packParams(0n, 0),
      stream: context.defaultStream,
      ...options,
    });
}

describe('a launch', () => {
  it('lets a kernel work on device memory', () => {
    using context = emulatedContext({ kernels: { double } });
    const buffer = context.allocate(12);
    buffer.copyFrom(Float32Array.of(1, -2.5, 3));
    prepare(context, 'double', { params: packParams(buffer.address, 2) }).launch();
    const back = new Float32Array(3);
    buffer.copyTo(back);
    expect([...back]).toEqual([2, -5, 3]);
  });

  it('takes its cluster by name, or as an attribute, but not both', () => {
    const seen: Dim3[] = [];
    using context = emulatedContext({ kernels: { double: ({ cluster }) => seen.push(cluster) } });
    const attributes = [{ id: 'clusterDimension', value: dim(2) }] as const;
    prepare(context, 'double', { grid: dim(4), cluster: dim(2) }).launch();
    prepare(context, 'double', { grid: dim(4), attributes }).launch();
    expect(seen).toEqual([dim(2), dim(2)]);
    expect(() => prepare(context, 'double', { grid: dim(4), cluster: dim(2), attributes })).toThrow(
      'The cluster is given twice: as `cluster` and as the attribute clusterDimension.',
    );
  });

  it('can be repeated, with parameters patched in between and into another stream', () => {
    using context = emulatedContext({ kernels: { double } });
    const buffer = context.allocate(8);
    buffer.copyFrom(Float32Array.of(1, 1));
    const params = packParams(buffer.address, 1);
    const prepared = prepare(context, 'double', { params });
    prepared.launch();
    params.set(packParams(buffer.address + 4n, 1));
    prepared.launch(context.createStream());
    prepared.launch();
    const back = new Float32Array(2);
    buffer.copyTo(back);
    expect([...back]).toEqual([2, 4]);
  });

  it('hands shape, shared memory and parameters to the emulated kernel', () => {
    const seen: EmulatedLaunch[] = [];
    using context = emulatedContext({ kernels: { double: (launch) => seen.push(launch) } });
    const params = packParams(1n, 2);
    prepare(context, 'double', {
      grid: dim(4, 6, 2),
      block: dim(64, 2),
      sharedMemBytes: 1000,
      attributes: [{ id: 'clusterDimension', value: dim(2, 3, 1) }],
      params,
    }).launch();
    expect(seen).toEqual([
      expect.objectContaining({
        grid: dim(4, 6, 2),
        block: dim(64, 2),
        cluster: dim(2, 3, 1),
        sharedMemBytes: 1000,
        params,
      }),
    ]);
  });

  it('passes errors through that an emulated kernel throws, but for illegal accesses', () => {
    const buggy = () => {
      throw new TypeError('bug');
    };
    using context = emulatedContext({ kernels: { double: buggy } });
    expect(() => prepare(context, 'double').launch()).toThrow(new TypeError('bug'));
  });

  it('of a kernel without emulation is not supported', () => {
    using context = emulatedContext();
    const error = cudaErrorOf(() => prepare(context, 'unknown').launch());
    expect([error.name, error.code]).toEqual(['CUDA_ERROR_NOT_SUPPORTED', 801]);
    expect(error.message).toContain('kernel: unknown');
  });

  it('notices parameters that were transferred to another thread', () => {
    using context = emulatedContext({ kernels: { double } });
    const params = packParams(0n, 0);
    const prepared = prepare(context, 'double', { params });
    structuredClone(params.buffer, { transfer: [params.buffer] });
    expect(() => prepared.launch()).toThrow('The parameters of double were transferred to another thread');
  });
});

describe('the launch limits', () => {
  const launch = (name: string, options: Partial<LaunchOptions>) => () => {
    using context = emulatedContext({ kernels: { [name]: () => {} } });
    prepare(context, name, options).launch();
  };

  it.each<[string, string, Partial<LaunchOptions>]>([
    ['a whole grid', 'double', { grid: dim(2 ** 31 - 1, 65_535, 65_535) }],
    ['a full block', 'double', { block: dim(16, 1, 64) }],
    ['48 KiB of shared memory', 'double', { sharedMemBytes: 48 * 1024 }],
    ['a cluster of 8', 'double', { grid: dim(8), attributes: [{ id: 'clusterDimension', value: dim(8) }] }],
    ['the cluster it was compiled for', 'clustered', { grid: dim(4) }],
    ['all registers', 'hungry', { block: dim(256) }],
  ])('allow %s', (_, name, options) => {
    expect(launch(name, options)).not.toThrow();
  });

  it.each<[string, string, Partial<LaunchOptions>, string]>([
    ['an empty grid', 'double', { grid: dim(0) }, 'CUDA_ERROR_INVALID_VALUE'],
    ['a grid too wide', 'double', { grid: dim(2 ** 31) }, 'CUDA_ERROR_INVALID_VALUE'],
    ['a grid too high', 'double', { grid: dim(1, 65_536) }, 'CUDA_ERROR_INVALID_VALUE'],
    ['a grid too deep', 'double', { grid: dim(1, 1, 65_536) }, 'CUDA_ERROR_INVALID_VALUE'],
    ['an empty block', 'double', { block: dim(32, 0) }, 'CUDA_ERROR_INVALID_VALUE'],
    ['a block too wide', 'double', { block: dim(1025) }, 'CUDA_ERROR_INVALID_VALUE'],
    ['a block too deep', 'double', { block: dim(1, 1, 65) }, 'CUDA_ERROR_INVALID_VALUE'],
    ['too many threads in all', 'double', { block: dim(64, 32) }, 'CUDA_ERROR_INVALID_VALUE'],
    ['more threads than __launch_bounds__', 'bounded', { block: dim(129) }, 'CUDA_ERROR_INVALID_VALUE'],
    ['more than 48 KiB unasked', 'double', { sharedMemBytes: 48 * 1024 + 1 }, 'CUDA_ERROR_INVALID_VALUE'],
    [
      'fewer parameters than the kernel takes',
      'double',
      { params: new Uint8Array(15) },
      'CUDA_ERROR_INVALID_VALUE',
    ],
    ['more registers than there are', 'hungry', { block: dim(257) }, 'CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES'],
    [
      'a cluster that does not divide the grid',
      'double',
      { grid: dim(3), attributes: [{ id: 'clusterDimension', value: dim(2) }] },
      'CUDA_ERROR_INVALID_CLUSTER_SIZE',
    ],
    [
      'a cluster of more than 8 unasked',
      'double',
      { grid: dim(16), attributes: [{ id: 'clusterDimension', value: dim(16) }] },
      'CUDA_ERROR_INVALID_CLUSTER_SIZE',
    ],
    [
      'another cluster than the compiled one',
      'clustered',
      { grid: dim(4), attributes: [{ id: 'clusterDimension', value: dim(4) }] },
      'CUDA_ERROR_INVALID_CLUSTER_SIZE',
    ],
  ])('forbid %s', (_, name, options, expected) => {
    expect(cudaErrorOf(launch(name, options)).name).toBe(expected);
  });

  it('can be raised for shared memory and clusters', () => {
    using context = emulatedContext({ kernels: { double: () => {} } });
    const kernel = context.loadModule(cubin).getKernel('double');
    kernel.setMaxDynamicSharedMem(227 * 1024);
    kernel.allowNonPortableClusterSize();
    const launchWith = (sharedMemBytes: number, cluster: number) =>
      kernel
        .prepareLaunch({
          grid: dim(32),
          block: dim(32),
          sharedMemBytes,
          attributes: [{ id: 'clusterDimension', value: dim(cluster) }],
          params: new Uint8Array(16),
          stream: context.defaultStream,
        })
        .launch();
    launchWith(227 * 1024, 16);
    expect(cudaErrorOf(() => launchWith(227 * 1024 + 1, 1)).name).toBe('CUDA_ERROR_INVALID_VALUE');
    expect(cudaErrorOf(() => launchWith(0, 32)).name).toBe('CUDA_ERROR_INVALID_CLUSTER_SIZE');
  });

  it('show the numbers at fault', () => {
    const cluster = { id: 'clusterDimension', value: dim(2) } as const;
    const error = cudaErrorOf(
      launch('double', { grid: dim(3, 4), attributes: [cluster], sharedMemBytes: 64 }),
    );
    expect(error.args).toEqual({
      kernel: 'double',
      grid: [3, 4, 1],
      block: [32, 1, 1],
      cluster: [2, 1, 1],
      sharedMemBytes: 64,
      paramBytes: 16,
    });
    expect(error.message).toContain(
      'cuLaunchKernelEx(kernel: double, grid: [3, 4, 1], block: [32, 1, 1], cluster:',
    );
  });

  it.each([
    [{ grid: dim(2 ** 32 + 1) }, 'grid.x has to fit 32 bits, and 4294967297 does not.'],
    [{ block: dim(1, -1) }, 'block.y has to be a whole number from 0 on, not -1.'],
    [{ sharedMemBytes: 0.5 }, 'sharedMemBytes has to be a whole number from 0 on, not 0.5.'],
  ])('are not evaded by numbers that 32 bits cannot hold: %o', (options, message) => {
    expect(launch('double', options)).toThrow(message);
  });
});

describe('an illegal access by a kernel', () => {
  it('lets the launch succeed, as on a GPU, and everything after it fail', () => {
    using context = emulatedContext({ kernels: { double } });
    const buffer = context.allocate(8);
    const stream = context.createStream();
    prepare(context, 'double', { params: packParams(buffer.address, 3) }).launch();
    const error = cudaErrorOf(() => stream.synchronizeBlocking());
    expect([error.name, error.code, error.isSticky]).toEqual(['CUDA_ERROR_ILLEGAL_ADDRESS', 700, true]);
    expect(() => buffer.copyTo(new Uint8Array(1))).toThrow(ContextLostError);
    expect(context.calls.cuCtxSynchronize()).toBe(700);
  });

  it('reaches whoever awaits the stream', async () => {
    using context = emulatedContext({ kernels: { double } });
    prepare(context, 'double', { params: packParams(0n, 1) }).launch();
    await expect(context.defaultStream.synchronize()).rejects.toThrow(/^CUDA_ERROR_ILLEGAL_ADDRESS \(700\)/);
  });

  it('does not disturb releases: what they would free is lost with the context', () => {
    const context = emulatedContext({ kernels: { double } });
    const buffer = context.allocate(8);
    context.createStream();
    prepare(context, 'double', { params: packParams(0n, 1) }).launch();
    buffer.release();
    context.release();
  });

  it('keeps the process from having another context, as on a GPU', () => {
    const context = emulatedContext({ kernels: { double } });
    const { calls } = context;
    prepare(context, 'double', { params: packParams(0n, 1) }).launch();
    context.release();
    expect(calls.cuDevicePrimaryCtxRetain(new BigUint64Array(1), 0)).toBe(700);
  });

  it.each([
    ['past an end', (address: bigint) => packParams(address, 3)],
    ['at null', () => packParams(0n, 1)],
    ['far away', () => packParams(2n ** 63n, 1)],
  ])('%s is reported with its address to onIllegalAddress', (_, make) => {
    const seen: IllegalAddressError[] = [];
    using context = emulatedContext({ kernels: { double }, onIllegalAddress: (error) => seen.push(error) });
    const params = make(context.allocate(8).address);
    prepare(context, 'double', { params }).launch();
    expect(seen.map(({ address }) => address)).toEqual([new DataView(params.buffer).getBigUint64(0, true)]);
  });

  it('is what reading a released buffer is', () => {
    using context = emulatedContext({ kernels: { double } });
    const buffer = context.allocate(8);
    const params = packParams(buffer.address, 2);
    buffer.release();
    context.allocate(8);
    prepare(context, 'double', { params }).launch();
    expect(cudaErrorOf(() => context.synchronizeBlocking()).code).toBe(700);
  });
});
