import { type LaunchPlan, targets } from '@gemm-preflight/types';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkAndPlan, launch, loadKernel } from '../../src/launch/index.js';
import { emulatedContext, gemmOf } from './gemm.js';
import { cubinOf, kernelWithTile } from './kernels.js';

const kernel = kernelWithTile(8);
const { h100: target } = targets;
const gemm = gemmOf(kernel, [5, 9], { m: 256, k: 128 });

const pdlOf = ({ attributes }: LaunchPlan) =>
  attributes.find(({ id }) => id === 'programmaticStreamSerialization')?.value;

const noGrid = { x: 0, y: 0, z: 0 };

/** Launches, and returns the plan with the bytes that the driver got. */
function launched(settings: { readonly pdl?: boolean } = {}) {
  using context = emulatedContext();
  const { calls } = context;
  const prepare = calls.prepareLaunchKernelEx.bind(calls);
  const given: Record<'config' | 'attributes' | 'params', Uint8Array> = {
    config: new Uint8Array(),
    attributes: new Uint8Array(),
    params: new Uint8Array(),
  };
  calls.prepareLaunchKernelEx = (config, attributes, func, params) => {
    Object.assign(given, { config: config.slice(), attributes: attributes.slice(), params: params.slice() });
    return prepare(config, attributes, func, params);
  };
  using loaded = loadKernel(context, kernel, cubinOf(kernel));
  using a = context.allocate(gemm.weights.length);
  using b = context.allocate(gemm.paddedRows * gemm.k);
  using c = context.allocate(gemm.paddedRows * gemm.m * 2);
  using stream = context.createStream();
  const addresses = { a: a.address, b: b.address, stream: stream.handle };
  const plan = launch(loaded, gemm.options, { a, b, c }, stream, { target, ...settings });
  return { plan, ...given, ...addresses };
}

const view = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength);

afterEach(() => vi.unstubAllEnvs());

describe('programmatic dependent launch', () => {
  it.each([
    [undefined, undefined, true],
    ['1', undefined, true],
    ['0', undefined, false],
    ['0', true, true],
    [undefined, false, false],
    ['1', false, false],
  ])('with TRTLLM_ENABLE_PDL=%s and pdl %s is %s', (variable, pdl, expected) => {
    vi.stubEnv('TRTLLM_ENABLE_PDL', variable);
    const settings = pdl === undefined ? {} : { pdl };
    expect(pdlOf(checkAndPlan({ info: kernel }, gemm.options, { target, ...settings }))).toBe(expected);
    const { plan, attributes } = launched(settings);
    expect(pdlOf(plan)).toBe(expected);
    expect(view(attributes).getInt32(2 * 72 + 8, true)).toBe(expected ? 1 : 0);
  });
});

describe('the driver gets', () => {
  it('the plan’s grid, block and shared memory, and the stream', () => {
    const { plan, config, stream } = launched();
    const words = Array.from({ length: 7 }, (_, i) => view(config).getUint32(4 * i, true));
    expect(plan.grid).not.toEqual(noGrid);
    expect(words).toEqual([2, 3, 1, kernel.threadsPerCta, 1, 1, kernel.sharedMemSize]);
    expect(view(config).getBigUint64(32, true)).toBe(stream);
  });

  it('three attributes: cluster dimension, scheduling policy preference, stream serialization', () => {
    const { attributes } = launched();
    expect(attributes.byteLength).toBe(3 * 72);
    const word = (attribute: number, offset: number) =>
      view(attributes).getUint32(attribute * 72 + offset, true);
    expect([word(0, 0), word(1, 0), word(2, 0)]).toEqual([4, 5, 6]);
    expect([word(0, 8), word(0, 12), word(0, 16)]).toEqual([1, 1, 1]);
    expect(word(1, 8)).toBe(0);
  });

  it('the block of parameters of version 1', () => {
    const { params, a, b } = launched();
    expect(params.byteLength).toBe(17_280);
    const i32 = (offset: number) => view(params).getInt32(offset, true);
    expect({ k: i32(664), nm: i32(668), tileStridePerBatch: i32(672), padded: i32(8896) }).toEqual({
      k: 128,
      nm: 256,
      tileStridePerBatch: 2,
      padded: 24,
    });
    expect([i32(676), i32(680), i32(684), i32(688)]).toEqual([0, 1, 1, 0]);
    expect([i32(9008), i32(9012), i32(9016), i32(9020)]).toEqual([5, 16, 17, 0]);
    expect([view(params).getBigUint64(8960, true), view(params).getBigUint64(8976, true)]).toEqual([a, b]);
    expect(view(params).getBigUint64(648, true)).toBe(0n);
  });
});

describe('a launch in a stream', () => {
  it('is awaited while the event loop goes on', async () => {
    using context = emulatedContext();
    const { calls } = context;
    const query = calls.cuStreamQuery.bind(calls);
    let turns = 0;
    // The emulator is done at once: a stream that is busy until the loop has turned five times.
    calls.cuStreamQuery = (stream) => (turns < 5 ? 600 : query(stream));
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    using a = context.allocate(gemm.weights.length);
    using b = context.allocate(gemm.paddedRows * gemm.k);
    using c = context.allocate(gemm.paddedRows * gemm.m * 2);
    using stream = context.createStream();
    launch(loaded, gemm.options, { a, b, c }, stream, { target });
    const timer = setInterval(() => {
      turns++;
    }, 1);
    expect(turns).toBe(0);
    await stream.synchronize();
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(5);
  });
});
