import { type KernelInfo, targets } from '@gemm-preflight/types';
import { describe, expect, it, vi } from 'vitest';
import type { Context, DeviceBuffer } from '../../src/driver/index.js';
import { emulatedDriver, loadKernel, ModuleCache, prepare } from '../../src/launch/index.js';
import { decodeRows, emulatedContext, type Gemm, gemmOf, paddedTokens, reference } from './gemm.js';
import { cubinOf, kernelWithTile } from './kernels.js';

const settings = { target: targets.h100 };
const kernel = kernelWithTile(8);
const size = { m: 128, k: 128 };

/** A GEMM's inputs in device memory, and room for its output. */
function buffersOf(context: Context, gemm: Gemm) {
  const a = context.allocate(gemm.weights.length);
  const b = context.allocate(Math.max(1, gemm.paddedRows * gemm.k));
  const c = context.allocate(Math.max(1, gemm.paddedRows * gemm.m * 2));
  a.copyFrom(gemm.weights);
  b.copyFrom(paddedTokens(gemm));
  c.fill(0xff);
  return { a, b, c };
}

/** The output's rows that are wrong: further from the reference than rounding to bf16 explains, or not zero in padding. */
function wrongRows(gemm: Gemm, c: DeviceBuffer): readonly number[] {
  const codes = new Uint16Array(gemm.paddedRows * gemm.m);
  c.copyTo(codes);
  const expected = reference(gemm, 1);
  return decodeRows(codes, gemm.m).flatMap((row, r) => {
    const isRight = row.every((value, column) => {
      const right = expected[r]?.[column] ?? 0;
      return Math.abs(value - right) <= 2 ** -8 * Math.abs(right);
    });
    return isRight ? [] : [r];
  });
}

function bytesIn(buffer: DeviceBuffer): Uint8Array {
  const bytes = new Uint8Array(buffer.byteLength);
  buffer.copyTo(bytes);
  return bytes;
}

/** Counts calls of one driver function that is prepared. */
function counted(context: Context, name: 'prepareLaunchKernelEx' | 'prepareTensorMapReplaceAddress') {
  const count = { calls: 0 };
  const original = context.calls[name] as (...args: never[]) => (...args: never[]) => number;
  Object.assign(context.calls, {
    [name]: (...args: never[]) => {
      const once = original.call(context.calls, ...args);
      return (...more: never[]) => {
        count.calls++;
        return once(...more);
      };
    },
  });
  return count;
}

describe('a prepared GEMM', () => {
  it('computes with whatever buffers it is given, more of them than it keeps maps for', async () => {
    using context = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    using stream = context.createStream();
    const gemms = Array.from({ length: 11 }, (_, seed) => gemmOf(kernel, [3, 0, 9], { ...size, seed }));
    const sets = gemms.map((gemm) => buffersOf(context, gemm));
    const [first] = gemms;
    if (first === undefined) throw new Error('eleven GEMMs');
    const prepared = prepare(loaded, first.options, settings);
    for (const round of [0, 1]) {
      for (const [i, gemm] of gemms.entries()) {
        const set = sets[(i * 7 + round) % sets.length];
        const of = gemms[(i * 7 + round) % gemms.length];
        if (set === undefined || of === undefined) throw new Error(`no set ${i}`);
        set.c.fill(0xff);
        prepared.launch(set, stream);
        await stream.synchronize();
        expect(wrongRows(of, set.c)).toEqual([]);
        expect(gemm.paddedRows).toBe(of.paddedRows);
      }
    }
  });

  it('asks the driver for a launch alone where it has seen the addresses before', () => {
    using context = emulatedContext();
    const launches = counted(context, 'prepareLaunchKernelEx');
    const replaced = counted(context, 'prepareTensorMapReplaceAddress');
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    const gemm = gemmOf(kernel, [3, 9], size);
    const [one, two] = [buffersOf(context, gemm), buffersOf(context, gemm)];
    const prepared = prepare(loaded, gemm.options, settings);
    for (let i = 0; i < 10; i++) prepared.launch(i % 2 === 0 ? one : two, context.defaultStream);
    expect(launches.calls).toBe(10);
    expect(replaced.calls).toBe(0);
    // Nine sets are kept. The next takes the place of the second, whose maps are encoded.
    const launchNew = (times: number) => {
      for (let i = 0; i < times; i++) prepared.launch(buffersOf(context, gemm), context.defaultStream);
    };
    launchNew(7);
    expect(replaced.calls).toBe(0);
    launchNew(1);
    expect(replaced.calls).toBe(3);
    // Once a driver was seen to write a plain address, that is done here.
    launchNew(7);
    expect(replaced.calls).toBe(8 * 3);
    launchNew(20);
    expect(replaced.calls).toBe(8 * 3);
  });

  it('needs no parameter block of its own for one set of buffers', async () => {
    using context = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    using stream = context.createStream();
    let blocks = 0;
    const allocate = context.calls.allocateParams;
    context.calls.allocateParams = (bytes) => {
      blocks++;
      return allocate(bytes);
    };
    const gemms = [
      { tokens: [3, 0, 9], size },
      { tokens: [1], size },
      { tokens: [3, 0, 9], size: { m: 256, k: 128 } },
      { tokens: [3, 0, 9], size: { m: 128, k: 384 } },
    ].map(({ tokens, size }, seed) => gemmOf(kernel, tokens, { ...size, seed }));
    const ready = gemms.map((gemm) => ({
      gemm,
      buffers: buffersOf(context, gemm),
      prepared: prepare(loaded, gemm.options, settings),
    }));
    for (const { gemm, buffers, prepared } of ready) {
      prepared.launch(buffers, stream);
      await stream.synchronize();
      expect(wrongRows(gemm, buffers.c)).toEqual([]);
    }
    expect(blocks).toBe(1);
    // From the second launch on, each goes on with what the others do not touch.
    for (const _ of [1, 2, 3]) {
      for (const { gemm, buffers, prepared } of ready) {
        buffers.c.fill(0xff);
        prepared.launch(buffers, stream);
        await stream.synchronize();
        expect(wrongRows(gemm, buffers.c)).toEqual([]);
      }
    }
    // All but the last, which the kernel's block is still of.
    expect(blocks).toBe(ready.length);
  });

  it('shares the block only where launch attributes and buffers are the same', async () => {
    using context = emulatedContext();
    const scaled = { ...settings, pdl: false };
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    using stream = context.createStream();
    const gemm = gemmOf(kernel, [3, 0, 9], size);
    const buffers = buffersOf(context, gemm);
    const scaleC = context.allocate(4);
    scaleC.copyFrom(Float32Array.of(0));
    prepare(loaded, gemm.options, settings).launch({ ...buffers, scaleC }, stream);
    await stream.synchronize();
    const zeros = new Uint16Array(buffers.c.byteLength / 2);
    buffers.c.copyTo(zeros);
    expect(zeros.every((code) => (code & 0x7fff) === 0)).toBe(true);
    // The scale of the launch before is not left behind.
    for (const once of [scaled, settings]) {
      buffers.c.fill(0xff);
      const prepared = prepare(loaded, gemm.options, once);
      prepared.launch(buffers, stream);
      await stream.synchronize();
      expect(wrongRows(gemm, buffers.c)).toEqual([]);
    }
  });

  it('has no first launch of a kernel that was given back, though its module stays loaded', async () => {
    using context = emulatedContext();
    using cache = new ModuleCache();
    const acquire = () => cache.acquire(context, kernel, () => cubinOf(kernel));
    const gemm = gemmOf(kernel, [3, 9], size);
    const buffers = buffersOf(context, gemm);
    const [one, two] = [await acquire(), await acquire()];
    const [first, second] = [one, two].map((loaded) => prepare(loaded, gemm.options, settings));
    first?.launch(buffers, context.defaultStream);
    one.release();
    two.release();
    expect(() => second?.launch(buffers, context.defaultStream)).toThrow('was used after it was released');
    // Who comes next finds the block of the first.
    const allocate = vi.spyOn(context.calls, 'allocateParams');
    using three = await acquire();
    buffers.c.fill(0xff);
    prepare(three, gemm.options, settings).launch(buffers, context.defaultStream);
    expect(wrongRows(gemm, buffers.c)).toEqual([]);
    expect(allocate).not.toHaveBeenCalled();
  });

  it('is refused at once of a kernel that was released', () => {
    using context = emulatedContext();
    const loaded = loadKernel(context, kernel, cubinOf(kernel));
    loaded.release();
    expect(() => prepare(loaded, gemmOf(kernel, [1], size).options, settings)).toThrow(
      'was used after it was released',
    );
  });

  it('is replayed from a graph, with the buffers that it was captured with', async () => {
    using context = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    using stream = context.createStream();
    const [one, two] = [1, 2].map((seed) => gemmOf(kernel, [3, 9], { ...size, seed }));
    if (one === undefined || two === undefined) throw new Error('two GEMMs');
    const prepared = prepare(loaded, one.options, settings);
    const [first, second] = [buffersOf(context, one), buffersOf(context, two)];
    using graph = prepared.capture(first, stream);
    expect(new Uint8Array(first.c.byteLength).fill(0xff)).toEqual(bytesIn(first.c));
    prepared.launch(second, stream);
    graph.launch(stream);
    await stream.synchronize();
    expect([wrongRows(one, first.c), wrongRows(two, second.c)]).toEqual([[], []]);
    first.c.fill(0xff);
    first.a.copyFrom(two.weights);
    first.b.copyFrom(paddedTokens(two));
    graph.launch(stream);
    await stream.synchronize();
    expect(wrongRows(two, first.c)).toEqual([]);
    expect(() => prepared.capture({ a: first.a, b: first.b }, stream)).toThrow('buffer c is missing');
    prepared.launch(second, stream);
  });

  it('goes on with other tokens', async () => {
    using context = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    using stream = context.createStream();
    const prepared = prepare(loaded, gemmOf(kernel, [1, 1, 1], size).options, settings);
    for (const [seed, tokens] of [
      [0, 0, 5],
      [17, 1, 8],
      [1, 0, 0],
    ].entries()) {
      const gemm = gemmOf(kernel, tokens, { ...size, seed });
      const buffers = buffersOf(context, gemm);
      prepared.setTokens({ tokensPerBatch: tokens });
      prepared.launch(buffers, stream);
      await stream.synchronize();
      expect(wrongRows(gemm, buffers.c)).toEqual([]);
      expect(prepared.plan.outputShape).toEqual([gemm.paddedRows, size.m]);
    }
  });

  it('plans other tokens as a plan from the start does', () => {
    using context = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    const prepared = prepare(loaded, gemmOf(kernel, [1, 1, 1], size).options, settings);
    for (const tokens of [
      [5, 0, 0],
      [100, 3, 64],
    ]) {
      prepared.setTokens({ tokensPerBatch: tokens });
      expect(prepared.plan).toEqual(prepare(loaded, gemmOf(kernel, tokens, size).options, settings).plan);
    }
  });

  it.each([
    [[1, 2], '2 batches have tokens, where the launch is planned for 3'],
    [[1, -1, 2], 'batch 1 has -1 tokens, which is no count'],
    [[1, 0.5, 2], 'batch 1 has 0.5 tokens, which is no count'],
    [[0, 0, 0], 'no batch has a token; there is nothing to launch'],
    [[2048 * 8, 1, 0], '2049 CTAs along the tokens; the tables of a launch have 2048'],
  ])('refuses the tokens %j, and keeps those it had', (tokensPerBatch, message) => {
    using context = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    const gemm = gemmOf(kernel, [3, 0, 9], size);
    const prepared = prepare(loaded, gemm.options, settings);
    const before = prepared.plan;
    expect(() => prepared.setTokens({ tokensPerBatch })).toThrow(message);
    expect(prepared.plan).toBe(before);
    const buffers = buffersOf(context, gemm);
    prepared.launch(buffers, context.defaultStream);
    expect(wrongRows(gemm, buffers.c)).toEqual([]);
  });

  it('refuses buffers that do not do, and can be launched after that', () => {
    using context = emulatedContext();
    using other = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    const gemm = gemmOf(kernel, [3, 9], size);
    const buffers = buffersOf(context, gemm);
    const stream = context.defaultStream;
    const prepared = prepare(loaded, gemm.options, settings);
    const { a, b, c } = buffers;
    expect(() => prepared.launch({ a, b }, stream)).toThrow(
      'buffer c is missing; this launch needs 6144 bytes',
    );
    expect(() => prepared.launch({ a, b, c: context.allocate(2) }, stream)).toThrow('buffer c has 2 bytes');
    expect(() => prepared.launch({ a, b, c, routeMap: a }, stream)).toThrow(
      'buffer routeMap is not used by this launch',
    );
    const elsewhere = other.allocate(c.byteLength);
    expect(() => prepared.launch({ a, b, c: elsewhere }, stream)).toThrow(
      'buffer c is in another context than the kernel',
    );
    const released = context.allocate(c.byteLength);
    released.release();
    expect(() => prepared.launch({ a, b, c: released }, stream)).toThrow('was used after it was released');
    prepared.launch(buffers, stream);
    expect(wrongRows(gemm, c)).toEqual([]);
  });

  it('notices that a buffer it knows has been released, or is too small for new tokens', () => {
    using context = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    const gemm = gemmOf(kernel, [3, 9], size);
    const buffers = buffersOf(context, gemm);
    const prepared = prepare(loaded, gemm.options, settings);
    prepared.launch(buffers, context.defaultStream);
    prepared.setTokens({ tokensPerBatch: [3, 17] });
    expect(() => prepared.launch(buffers, context.defaultStream)).toThrow('buffer b has 3072 bytes');
    prepared.setTokens({ tokensPerBatch: [3, 9] });
    buffers.b.release();
    expect(() => prepared.launch(buffers, context.defaultStream)).toThrow('was used after it was released');
  });
});

describe('batches that only the device knows', () => {
  // Ours take their tables by value; the emulator computes what a kernel of the later version would.
  const dynamic: KernelInfo = { ...kernel, paramsAbi: 'trtllm-gen/2' };
  const dynamicSettings = { ...settings, dynamicBatches: true };

  function dynamicContext(): Context {
    return emulatedDriver({ target: targets.h100, kernels: [dynamic] })
      .device(0)
      .retainPrimaryContext();
  }

  it('are launched with one plan, whatever their sizes', async () => {
    using context = dynamicContext();
    using loaded = loadKernel(context, dynamic, cubinOf(dynamic));
    using stream = context.createStream();
    const prepared = prepare(loaded, gemmOf(dynamic, [12, 0, 0], size).options, dynamicSettings);
    // Twelve tokens in three batches take three tiles of 8 at most, and one more for each batch but one.
    expect(prepared.plan.grid).toEqual({ x: 1, y: 4, z: 1 });
    expect(prepared.plan.ctaTables.totalNumPaddedTokens).toBe(32);
    for (const [seed, tokens] of [
      [12, 0, 0],
      [1, 10, 1],
      [0, 0, 1],
      [0, 0, 0],
    ].entries()) {
      const gemm = gemmOf(dynamic, tokens, { ...size, seed });
      const sized = { ...gemm, paddedRows: 32 };
      const buffers = { ...buffersOf(context, sized), ...tablesOf(context, gemm) };
      buffers.c.fill(0xff);
      prepared.launch(buffers, stream);
      await stream.synchronize();
      expect(wrongRows(gemm, buffers.c)).toEqual([]);
      const whole = new Uint16Array(32 * size.m);
      buffers.c.copyTo(whole);
      expect(whole.subarray(gemm.paddedRows * size.m).every((code) => code === 0xffff)).toBe(true);
    }
  });

  /** The tables as a routing kernel would leave them. */
  function tablesOf(context: Context, { tokensPerBatch, paddedRows }: Gemm) {
    const entries = tokensPerBatch.flatMap((count, batch) =>
      Array.from({ length: Math.ceil(count / 8) }, (_, i) => ({ batch, valid: Math.min(8, count - i * 8) })),
    );
    const upload = (values: readonly number[]) => {
      const buffer = context.allocate(16);
      buffer.fill(0xff);
      buffer.copyFrom(Int32Array.from(values));
      return buffer;
    };
    return {
      numNonExitingCtas: upload([entries.length]),
      totalNumPaddedTokens: upload([paddedRows]),
      ctaIdxXyToBatchIdx: upload(entries.map(({ batch }) => batch)),
      ctaIdxXyToMnLimit: upload(entries.map(({ valid }, cta) => cta * 8 + valid)),
    };
  }

  it('need their tables', () => {
    using context = dynamicContext();
    using loaded = loadKernel(context, dynamic, cubinOf(dynamic));
    const gemm = gemmOf(dynamic, [12, 0, 0], size);
    const prepared = prepare(loaded, gemm.options, dynamicSettings);
    const buffers = buffersOf(context, { ...gemm, paddedRows: 32 });
    expect(() => prepared.launch(buffers, context.defaultStream)).toThrow(
      'buffer numNonExitingCtas is missing; this launch needs 4 bytes (CTAs along the tokens that have work: i32 [1])',
    );
  });

  it('are refused for kernels that take their tables by value', () => {
    using context = emulatedContext();
    using loaded = loadKernel(context, kernel, cubinOf(kernel));
    expect(() => prepare(loaded, gemmOf(kernel, [1], size).options, dynamicSettings)).toThrow(
      'takes its CTA tables by value (trtllm-gen/1)',
    );
  });
});
