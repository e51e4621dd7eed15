import { readFileSync } from 'node:fs';
import { createCheckerSync, optionsFor, planLaunch } from '@gemm-preflight/checker-wasm';
import {
  type Context,
  Driver,
  type EmulatedLaunch,
  loadKernel,
  ParamsBlock,
  paramsLayouts,
} from '@gemm-preflight/launcher-native';
import { targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { BufferSets } from '../../src/bench/buffer-sets.js';
import { type TimingSettings, timeKernels } from '../../src/bench/time-kernels.js';
import { RandomBits } from '../../src/run/random-source.js';
import { e4m3Values } from '../run/e4m3.js';
import { perTile, tiny } from '../run/tiny.js';

const checker = createCheckerSync();
const planOf = (kernel: (typeof perTile)[number]) =>
  planLaunch(kernel, checker.check(optionsFor(kernel, tiny), 'h100', { kernel }));
const plans = perTile.map(planOf);

/** A launch as a kernel saw it: its place in the catalog, and its weights. */
interface Seen {
  readonly kernel: number;
  readonly weights: bigint;
}

/** An emulator whose kernels do nothing but keep record. */
function recording(totalMemoryBytes: number): { readonly context: Context; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  const driver = Driver.emulator({
    target: targets.h100,
    totalMemoryBytes,
    kernels: (name) => {
      const kernel = perTile.findIndex(({ functionName }) => functionName === name);
      return ({ params }: EmulatedLaunch) => {
        seen.push({
          kernel,
          weights: new ParamsBlock(paramsLayouts['trtllm-gen/1'], params).getPointer('ptrA'),
        });
      };
    },
  });
  return { context: driver.device(0).retainPrimaryContext(), seen };
}

const loadAll = (context: Context) =>
  perTile.map((kernel, i) => {
    const plan = plans[i];
    if (plan === undefined) throw new Error('every kernel has a plan');
    return { loaded: loadKernel(context, kernel, readFileSync(kernel.cubin ?? '')), plan };
  });

const warm: TimingSettings = { rounds: 3, roundUs: 0, warmUps: 1, cold: false };
const gibibyte = 2 ** 30;

describe('timeKernels', () => {
  it('measures in turn, every round beginning with another kernel', async () => {
    const { context, seen } = recording(gibibyte);
    using sets = BufferSets.allocate(context, plans, new RandomBits(1), warm);
    const timings = await timeKernels(loadAll(context), context, sets, warm);
    expect(timings.map(({ rounds, launchesPerRound }) => [rounds, launchesPerRound])).toEqual(
      Array(4).fill([3, 1]),
    );
    // Two launches each to find out how many a round takes; then a round to warm up, and three.
    const order = seen.map(({ kernel }) => kernel);
    expect(order.slice(0, 8)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(order.slice(8)).toEqual([0, 1, 2, 3, 1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2]);
    for (const { minUs, medianUs, maxUs } of timings) {
      expect(0 <= minUs && minUs <= medianUs && medianUs <= maxUs).toBe(true);
    }
    context.release();
  });

  it('launches with all buffer sets in turn where caches are to be cold', async () => {
    const { context, seen } = recording(2 * gibibyte);
    const cold = { ...warm, rounds: 1, cold: true };
    using sets = BufferSets.allocate(context, plans, new RandomBits(1), cold);
    // 128 sets of 0.3 MiB: as many as there are at most.
    expect(sets.sets).toHaveLength(128);
    const [timing] = await timeKernels(loadAll(context).slice(0, 1), context, sets, cold);
    expect(timing?.launchesPerRound).toBe(128);
    const addresses = seen.map(({ weights }) => weights);
    expect(new Set(addresses.slice(0, 128)).size).toBe(128);
    expect(addresses.slice(128, 256)).toEqual(addresses.slice(0, 128));
    context.release();
  });

  it('repeats launches until a measurement is long enough, in whole turns through the sets', async () => {
    const { context } = recording(gibibyte);
    using sets = BufferSets.allocate(context, plans, new RandomBits(1), warm);
    const [timing] = await timeKernels(loadAll(context).slice(0, 1), context, sets, {
      ...warm,
      roundUs: 1e9,
    });
    expect(timing?.launchesPerRound).toBe(1024);
    context.release();
  });

  it('leaves nothing behind', async () => {
    const { context } = recording(2 * gibibyte);
    const { freeBytes } = context.memoryInfo();
    const cold = { ...warm, rounds: 1, cold: true };
    {
      using sets = BufferSets.allocate(context, plans, new RandomBits(1), cold);
      await timeKernels(loadAll(context), context, sets, cold);
    }
    expect(context.memoryInfo().freeBytes).toBe(freeBytes);
    context.release();
  });
});

describe('BufferSets', () => {
  it('have room for every kernel, and the same finite random numbers in each', () => {
    const { context } = recording(2 * gibibyte);
    using sets = BufferSets.allocate(context, plans, new RandomBits(1), { cold: true });
    const [first, second] = sets.sets;
    for (const { buffers } of plans) {
      for (const { buffer, bytes } of buffers)
        expect(first?.[buffer]?.byteLength).toBeGreaterThanOrEqual(bytes);
    }
    const codes = [first, second].map((set) => {
      const read = new Uint8Array(set?.a?.byteLength ?? 0);
      set?.a?.copyTo(read);
      return read;
    });
    expect(codes[1]).toEqual(codes[0]);
    expect(first?.a?.address).not.toBe(second?.a?.address);
    const values = Array.from(codes[0] ?? [], (code) => e4m3Values[code] ?? Number.NaN);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(new Set(values).size).toBeGreaterThan(100);
    context.release();
  });

  it('are as many as fit, and say where not even one does', () => {
    const little = recording(4 * 2 ** 20);
    using sets = BufferSets.allocate(little.context, plans, new RandomBits(1), { cold: true });
    expect(sets.sets.length).toBeGreaterThan(2);
    expect(sets.sets.length).toBeLessThan(20);
    little.context.release();
    const none = recording(2 ** 16);
    const allocate = () => BufferSets.allocate(none.context, plans, new RandomBits(1), { cold: true });
    expect(allocate).toThrow(/^the problem takes [\d.]+ KiB of device memory, and 64 KiB are free$/);
    none.context.release();
  });
});
