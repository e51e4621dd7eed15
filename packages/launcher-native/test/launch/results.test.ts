import { type KernelInfo, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { checkAndPlan, launch, loadKernel, prepareLaunch } from '../../src/launch/index.js';
import { decodeRows, emulatedContext, type Gemm, gemmOf, paddedTokens, reference } from './gemm.js';
import { cubinOf, kernelWithTile, ours } from './kernels.js';

const settings = { target: targets.h100 };

/** A bf16 number that is none: what the output holds before the launch. */
const poison = 0xffff;
const tailElements = 128;

/** Launches, and returns the output's codes, and what lies behind them. */
async function run(gemm: Gemm, scaleC: number | undefined) {
  using context = emulatedContext();
  using loaded = loadKernel(context, gemm.kernel, cubinOf(gemm.kernel));
  using stream = context.createStream();
  using a = context.allocate(gemm.weights.length);
  using b = context.allocate(gemm.paddedRows * gemm.k);
  using c = context.allocate((gemm.paddedRows * gemm.m + tailElements) * 2);
  using scale = context.allocate(4);
  a.copyFrom(gemm.weights);
  b.copyFrom(paddedTokens(gemm));
  c.fill(0xff);
  if (scaleC !== undefined) scale.copyFrom(new Float32Array([scaleC]));
  const buffers = { a, b, c, ...(scaleC !== undefined && { scaleC: scale }) };
  const plan = launch(loaded, gemm.options, buffers, stream, settings);
  await stream.synchronize();
  const codes = new Uint16Array(c.byteLength / 2);
  c.copyTo(codes);
  const outputLength = gemm.paddedRows * gemm.m;
  return { plan, output: codes.subarray(0, outputLength), tail: codes.subarray(outputLength) };
}

/** The elements that are wrong: further from the reference than rounding to bf16 explains, or not zero in padding. */
function wrongElements(gemm: Gemm, output: Uint16Array, scale: number): readonly string[] {
  const expected = reference(gemm, scale);
  return decodeRows(output, gemm.m).flatMap((row, r) =>
    row.flatMap((value, column) => {
      const right = expected[r]?.[column] ?? 0;
      return Math.abs(value - right) <= 2 ** -8 * Math.abs(right)
        ? []
        : [`row ${r}, column ${column}: ${value} instead of ${right}`];
    }),
  );
}

const ragged = (tile: number) => [0, 1, tile - 1, tile, tile + 1];
const byTile = ours.map((kernel): [number, KernelInfo] => [kernel.tileN, kernel]);

describe.each(byTile)('the kernel with tiles of %i tokens', (tile, kernel) => {
  it('computes batches of 0, 1, tile − 1, tile and tile + 1 tokens, and zeros for padding', async () => {
    const gemm = gemmOf(kernel, ragged(tile));
    const { plan, output } = await run(gemm, 2 ** -12);
    expect(wrongElements(gemm, output, 2 ** -12)).toEqual([]);
    expect(plan.outputShape).toEqual([5 * tile, 256]);
    expect(plan.grid).toEqual({ x: 2, y: 5, z: 1 });
  });

  it('writes no element behind the output', async () => {
    const gemm = gemmOf(kernel, [tile + 1], { m: 128, k: 128 });
    expect([...(await run(gemm, 1)).tail]).toEqual(Array(tailElements).fill(poison));
  });
});

describe('what these tests look at', () => {
  const gemm = gemmOf(kernelWithTile(8), [2, 9], { m: 128, k: 128 });

  it('finds one wrong element, an unwritten row, and a padding row that is not zero', async () => {
    const { output } = await run(gemm, 2 ** -12);
    expect(wrongElements(gemm, output, 2 ** -12)).toEqual([]);
    const wrong = (index: number, code: number, count = 1) => {
      const changed = output.slice().fill(code, index, index + count);
      return wrongElements(gemm, changed, 2 ** -12).length;
    };
    expect(wrong(128, 0x3f00)).toBe(1);
    expect(wrong(0, poison, 128)).toBe(128);
    expect(wrong(2 * 128, 0x3f00)).toBe(1);
  });
});

describe('the scale of the output', () => {
  const gemm = gemmOf(kernelWithTile(16), [3, 17], { m: 128, k: 256 });

  it('is 1 where no buffer is given', async () => {
    const [absent, one] = [await run(gemm, undefined), await run(gemm, 1)];
    expect(absent.output).toEqual(one.output);
    expect(wrongElements(gemm, absent.output, 1)).toEqual([]);
  });

  it('multiplies every element', async () => {
    const [whole, half] = [await run(gemm, 1), await run(gemm, -0.5)];
    const halves = decodeRows(whole.output, gemm.m).map((row) => row.map((value) => value * -0.5));
    const actual = decodeRows(half.output, gemm.m);
    for (const [row, expected] of reference(gemm, 1).entries()) {
      if (expected !== undefined) expect(actual[row]).toEqual(halves[row]);
    }
  });
});

describe('a loaded kernel', () => {
  it('can be launched again, with other buffers and other batches', async () => {
    const kernel = kernelWithTile(8);
    using context = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    const stream = context.defaultStream;
    for (const [seed, tokens] of [[1, 9], [0, 0, 5], [8]].entries()) {
      const gemm = gemmOf(kernel, tokens, { m: 128, k: 128, seed });
      using a = context.allocate(gemm.weights.length);
      using b = context.allocate(gemm.paddedRows * gemm.k);
      using c = context.allocate(gemm.paddedRows * gemm.m * 2);
      a.copyFrom(gemm.weights);
      b.copyFrom(paddedTokens(gemm));
      c.fill(0xff);
      launch(loaded, gemm.options, { a, b, c }, stream, settings);
      await stream.synchronize();
      const output = new Uint16Array(c.byteLength / 2);
      c.copyTo(output);
      expect(wrongElements(gemm, output, 1)).toEqual([]);
    }
  });

  it('can be prepared once and launched many times, at one call of the driver each', async () => {
    const kernel = kernelWithTile(8);
    using context = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    const [first, second] = [1, 2].map((seed) => gemmOf(kernel, [3, 9], { m: 128, k: 128, seed }));
    if (first === undefined || second === undefined) throw new Error('two GEMMs');
    using a = context.allocate(first.weights.length);
    using b = context.allocate(first.paddedRows * first.k);
    using c = context.allocate(first.paddedRows * first.m * 2);
    using stream = context.createStream();
    let launches = 0;
    const prepare = context.calls.prepareLaunchKernelEx.bind(context.calls);
    context.calls.prepareLaunchKernelEx = (...args) => {
      const launchOnce = prepare(...args);
      return () => {
        launches++;
        return launchOnce();
      };
    };
    const plan = checkAndPlan(loaded, first.options, settings);
    const prepared = prepareLaunch(loaded, plan, { a, b, c }, stream);
    expect(launches).toBe(0);
    for (const gemm of [first, second]) {
      a.copyFrom(gemm.weights);
      b.copyFrom(paddedTokens(gemm));
      c.fill(0xff);
      prepared.launch();
      prepared.launch();
      await stream.synchronize();
      const output = new Uint16Array(c.byteLength / 2);
      c.copyTo(output);
      expect(wrongElements(gemm, output, 1)).toEqual([]);
    }
    expect(launches).toBe(4);
  });

  it('may be released twice, and can then not be launched', () => {
    const kernel = kernelWithTile(8);
    using context = emulatedContext();
    const loaded = loadKernel(context, kernel, cubinOf(kernel));
    loaded.release();
    loaded.release();
    const gemm = gemmOf(kernel, [1], { m: 128, k: 128 });
    using buffer = context.allocate(128 * 128);
    const use = () =>
      launch(loaded, gemm.options, { a: buffer, b: buffer, c: buffer }, context.defaultStream, settings);
    expect(use).toThrow(`Kernel ${kernel.functionName} was used after it was released.`);
  });
});
