import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type BatchedGemmOptions, type BufferName, type KernelInfo, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { type Context, CudaError, Device, type DeviceBuffer } from '../../src/driver/index.js';
import {
  BufferError,
  checkAndPlan,
  emulatedDriver,
  type LaunchBuffers,
  launch,
  launchPlan,
  loadKernel,
  RefusedError,
} from '../../src/launch/index.js';
import { gemmOf } from './gemm.js';
import { cubinOf, kernelWithTile, ours } from './kernels.js';
import { WatchedCalls } from './watched-calls.js';

const kernel = kernelWithTile(8);
const settings = { target: targets.h100 };
/** 2 batches of 5 and 9 tokens, 24 padded rows, m 128, k 256. */
const { options } = gemmOf(kernel, [5, 9], { m: 128, k: 256 });
const bytes = { a: 2 * 128 * 256, b: 24 * 256, c: 24 * 128 * 2, scaleC: 4 } as const;

/** A context whose calls are watched. */
function watchedContext(kernels: readonly KernelInfo[] = ours): { context: Context; watched: WatchedCalls } {
  const watched = new WatchedCalls(emulatedDriver({ target: targets.h100, kernels }).calls);
  return { context: new Device(watched.calls, 0).retainPrimaryContext(), watched };
}

const allocate = (context: Context, sizes: Partial<Record<BufferName, number>> = bytes): LaunchBuffers =>
  Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, context.allocate(size)]));

const errorOf = (body: () => unknown): unknown => {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
};

/** Launches in a context that can be watched, and says what came of it and what it did to the driver. */
function attempt(
  given: Partial<BatchedGemmOptions>,
  makeBuffers: (context: Context) => LaunchBuffers = allocate,
) {
  const { context, watched } = watchedContext();
  using _context = context;
  using loaded = loadKernel(context, kernel, cubinOf(kernel));
  const buffers = makeBuffers(context);
  const [before, calls] = [context.memoryInfo(), watched.names.length];
  const error = errorOf(() =>
    launch(loaded, { ...options, ...given }, buffers, context.defaultStream, settings),
  );
  return {
    error,
    calls: watched.names.slice(calls),
    lostBytes: before.freeBytes - context.memoryInfo().freeBytes,
  };
}

describe('a configuration that the check refuses', () => {
  const wrong = { m: 200, k: 300 };

  it('is a RefusedError with everything that the check found; the message is the first error', () => {
    const { error } = attempt(wrong);
    expect(error).toBeInstanceOf(RefusedError);
    const { result, message } = error as RefusedError;
    expect(result).toEqual(
      createCheckerSync().check({ ...options, ...wrong }, 'h100', { ruleSet: kernel.ruleSet }),
    );
    const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.length).toBeGreaterThan(1);
    expect(message).toBe(`${errors[0]?.rule}: ${errors[0]?.message} (and ${errors.length - 1} more)`);
  });

  it('with one error says nothing of more', () => {
    const { error } = attempt({ batchedN: [-1, 5] });
    expect((error as RefusedError).message).toBe(
      'batch-sizes-not-negative: batchedN[0] is -1; a batch cannot have fewer than 0 tokens',
    );
  });

  it('costs no call of the driver and no memory', () => {
    expect(attempt(wrong)).toMatchObject({ calls: [], lostBytes: 0 });
  });

  it('is refused for the target that is asked about, whatever the device', () => {
    const refuse = () => checkAndPlan({ info: kernel }, { ...options, k: 300 }, { target: targets.b200 });
    expect(refuse).toThrow(RefusedError);
  });
});

describe('a launch of nothing', () => {
  it('is a RefusedError: no batch has a token', () => {
    const { error, ...rest } = attempt({ batchedN: [0, 0] });
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as RefusedError).message).toBe(
      'batches-not-empty: no batch has a token; there is nothing to launch',
    );
    expect(rest).toEqual({ calls: [], lostBytes: 0 });
  });
});

describe('options for another kernel than the one that is launched', () => {
  it.each<[string, Partial<BatchedGemmOptions>]>([
    ['numStages', { numStages: 3 }],
    ['dtypeC', { dtypeC: 'Fp16' }],
    ['projGateNumSplitKSlices', { projGateNumSplitKSlices: 2 }],
  ])('are refused before anything is launched: the code keeps its %s', (field, others) => {
    const sizes = { ...bytes, b: 32 * 256, c: 32 * 128 * 2 };
    const { error, calls } = attempt(others, (context) => allocate(context, sizes));
    expect({ name: (error as Error | undefined)?.name, calls }).toEqual({ name: 'PlanError', calls: [] });
    expect((error as Error).message).toContain(`compiled with ${field} `);
  });

  it('are refused by the check where they take more shared memory than the kernel has', () => {
    const { options: tile16 } = gemmOf(kernelWithTile(16), [5, 9], { m: 128, k: 256 });
    const sizes = { ...bytes, b: 32 * 256, c: 32 * 128 * 2 };
    const { error, calls } = attempt(tile16, (context) => allocate(context, sizes));
    expect({ name: (error as Error | undefined)?.name, calls }).toEqual({ name: 'RefusedError', calls: [] });
    expect((error as Error).message).toMatch(/^kernel-shared-memory: the kernel has 71744 bytes/);
  });
});

describe('a buffer', () => {
  const without = (name: keyof typeof bytes) =>
    Object.fromEntries(Object.entries(bytes).filter(([other]) => other !== name));

  it('that fits exactly will do', () => {
    expect(attempt({})).toMatchObject({ error: undefined, lostBytes: 0 });
  });

  it('that is larger will do', () => {
    const larger = { a: bytes.a + 1, b: bytes.b + 1, c: bytes.c + 1, scaleC: 64 };
    expect(attempt({}, (context) => allocate(context, larger)).error).toBeUndefined();
  });

  it('for the scale of the output can be left out', () => {
    expect(attempt({}, (context) => allocate(context, without('scaleC'))).error).toBeUndefined();
  });

  it.each([
    ['a', 'weights, batch after batch: E4m3 [256, 256], row-major'],
    ['b', 'activations, each batch from a multiple of the tile on: E4m3 [24, 256], row-major'],
    ['c', 'output: Bfloat16 [24, 128], row-major'],
  ] as const)('%s that is missing is a BufferError that says what it takes', (name, what) => {
    const { error, ...rest } = attempt({}, (context) => allocate(context, without(name)));
    expect(error).toBeInstanceOf(BufferError);
    expect((error as BufferError).message).toBe(
      `buffer ${name} is missing; this launch needs ${bytes[name]} bytes (${what})`,
    );
    expect(rest).toEqual({ calls: [], lostBytes: 0 });
  });

  it.each(['a', 'b', 'c', 'scaleC'] as const)(
    '%s that lacks a byte is a BufferError with both sizes',
    (name) => {
      const smaller = { ...bytes, [name]: bytes[name] - 1 };
      const { error, ...rest } = attempt({}, (context) => allocate(context, smaller));
      expect(error).toBeInstanceOf(BufferError);
      expect((error as BufferError).message).toMatch(
        new RegExp(
          `^buffer ${name} has ${bytes[name] - 1} bytes; this launch needs ${bytes[name]} \\(.*\\)$`,
        ),
      );
      expect(rest).toEqual({ calls: [], lostBytes: 0 });
    },
  );

  it('that the launch does not use is a BufferError that lists those it uses', () => {
    const { error, ...rest } = attempt({}, (context) => allocate(context, { ...bytes, dqSfsA: 16 }));
    expect(error).toBeInstanceOf(BufferError);
    expect((error as BufferError).message).toBe(
      'buffer dqSfsA is not used by this launch; it takes a, b, c, scaleC',
    );
    expect(rest).toEqual({ calls: [], lostBytes: 0 });
  });

  it.each([1n, 4n, 8n, 15n])(
    '%i bytes behind an address that the TMA can read from is a BufferError',
    (shift) => {
      const { context, watched } = watchedContext();
      using _context = context;
      using loaded = loadKernel(context, kernel, cubinOf(kernel));
      const buffers = allocate(context);
      const shifted = shiftedBuffer(context, shift);
      const calls = watched.names.length;
      const error = errorOf(() =>
        launch(loaded, options, { ...buffers, b: shifted }, context.defaultStream, settings),
      );
      expect(error).toBeInstanceOf(BufferError);
      expect((error as BufferError).message).toBe(
        `buffer b is at 0x${shifted.address.toString(16)}, which is no multiple of 16 bytes`,
      );
      expect(watched.names.slice(calls)).toEqual([]);
    },
  );

  it('of a scale only has to begin at a multiple of 4 bytes', () => {
    using context = watchedContext().context;
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    const plan = checkAndPlan(loaded, options, settings);
    const { a, b, c } = allocate(context);
    const shifted = shiftedBuffer(context, 8n);
    shifted.copyFrom(new Float32Array([1]));
    if (a === undefined || b === undefined || c === undefined) throw new Error('no buffers');
    launchPlan(loaded, plan, { a, b, c, scaleC: shifted }, context.defaultStream);
    context.synchronizeBlocking();
  });

  it('that was released is named', () => {
    const { error } = attempt({}, (context) => {
      const buffers = allocate(context);
      buffers.b?.release();
      return buffers;
    });
    expect((error as Error).name).toBe('ReleasedError');
    expect((error as Error).message).toMatch(
      /^DeviceBuffer 0x[0-9a-f]+ of 6144 bytes was used after it was released\.$/,
    );
  });

  /** A buffer as no driver would give it: `cuMemAlloc` aligns to 256 bytes. */
  function shiftedBuffer(context: Context, shift: bigint): DeviceBuffer {
    const { calls } = context;
    const [malloc, free] = [calls.cuMemAlloc_v2, calls.cuMemFree_v2];
    let shifted = 0n;
    calls.cuMemAlloc_v2 = (address, size) => {
      const code = malloc(address, size + Number(shift));
      shifted = (address[0] ?? 0n) + shift;
      address[0] = shifted;
      return code;
    };
    calls.cuMemFree_v2 = (address) => free(address === shifted ? address - shift : address);
    const buffer = context.allocate(24 * 256);
    calls.cuMemAlloc_v2 = malloc;
    return buffer;
  }
});

describe('a kernel that the emulator cannot compute', () => {
  it('is CUDA_ERROR_NOT_SUPPORTED at its launch, in one line that names it', () => {
    const shuffled = { ...kernel, shuffledMatrixA: true };
    using context = watchedContext([shuffled]).context;
    using loaded = loadKernel(context, shuffled, cubinOf(kernel));
    const given = { ...options, useShuffledMatrixA: true };
    const error = errorOf(() => launch(loaded, given, allocate(context), context.defaultStream, settings));
    expect(error).toBeInstanceOf(CudaError);
    expect((error as CudaError).name).toBe('CUDA_ERROR_NOT_SUPPORTED');
    expect((error as CudaError).message).toContain(`from cuLaunchKernelEx(kernel: ${kernel.functionName}, `);
  });
});
