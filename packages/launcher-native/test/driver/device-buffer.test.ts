import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cudaErrorOf, emulatedContext } from './emulated.js';

describe('a DeviceBuffer', () => {
  it('brings back what was copied to it, wherever and however long', () => {
    using context = emulatedContext();
    using buffer = context.allocate(1000);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1000 }), fc.nat(1000), (bytes, at) => {
        const offset = at % (1001 - bytes.byteLength);
        buffer.copyFrom(bytes, { offset });
        const back = new Uint8Array(bytes.byteLength);
        buffer.copyTo(back, { offset });
        expect(back).toEqual(bytes);
      }),
    );
  });

  it('takes any typed array, and a part of one', () => {
    using context = emulatedContext();
    using buffer = context.allocate(16);
    buffer.copyFrom(Float32Array.of(9, 1.5, -2, 9).subarray(1, 3));
    const floats = new Float32Array(2);
    buffer.copyTo(floats);
    expect([...floats]).toEqual([1.5, -2]);
    const view = new DataView(new ArrayBuffer(8), 4, 4);
    buffer.copyTo(view);
    expect(view.getFloat32(0, true)).toBe(1.5);
  });

  it('has an address that is a multiple of 256, and a size', () => {
    using context = emulatedContext();
    using buffer = context.allocate(17);
    expect(buffer.address % 256n).toBe(0n);
    expect(buffer.byteLength).toBe(17);
  });

  it('starts out with undefined contents, which the emulator makes 0xCD', () => {
    using context = emulatedContext();
    const back = new Uint8Array(4);
    context.allocate(4).copyTo(back);
    expect([...back]).toEqual([0xcd, 0xcd, 0xcd, 0xcd]);
  });

  it('fills a part, or all to the end', () => {
    using context = emulatedContext();
    using buffer = context.allocate(6);
    buffer.fill(1);
    buffer.fill(2, { offset: 2 });
    buffer.fill(3, { offset: 3, byteLength: 2 });
    const back = new Uint8Array(6);
    buffer.copyTo(back);
    expect([...back]).toEqual([1, 1, 2, 3, 3, 2]);
  });

  it('copies parts of another buffer', () => {
    using context = emulatedContext();
    using source = context.allocate(4);
    using target = context.allocate(6);
    source.copyFrom(Uint8Array.of(1, 2, 3, 4));
    target.fill(0);
    target.copyFromDevice(source, { sourceOffset: 1, offset: 2, byteLength: 2 });
    const back = new Uint8Array(6);
    target.copyTo(back);
    expect([...back]).toEqual([0, 0, 2, 3, 0, 0]);
    target.copyFromDevice(source, { sourceOffset: 3 });
    target.copyTo(back);
    expect([...back]).toEqual([4, 0, 2, 3, 0, 0]);
  });

  it('copies and fills in the order of a stream', () => {
    using context = emulatedContext();
    using stream = context.createStream();
    using buffer = context.allocate(4);
    buffer.fill(7, { stream });
    buffer.copyFrom(Uint8Array.of(1), { stream, offset: 1 });
    const back = new Uint8Array(4);
    buffer.copyTo(back, { stream });
    expect([...back]).toEqual([7, 1, 7, 7]);
  });

  describe('rejects, before the driver sees it,', () => {
    // The emulator's first allocation is always here, the second behind the first's guard gap.
    const label = 'DeviceBuffer 0x100000000000 of 100 bytes';
    const otherLabel = 'DeviceBuffer 0x100000001100 of 50 bytes';

    it.each([
      [
        'a copy past its end',
        'copyFrom',
        101,
        0,
        `101 bytes at offset 0 end at byte 101, but ${label} has 100 bytes.`,
      ],
      [
        'a copy from past its end',
        'copyTo',
        60,
        50,
        `60 bytes at offset 50 end at byte 110, but ${label} has 100 bytes.`,
      ],
      ['a negative offset', 'copyFrom', 1, -1, 'An offset has to be a whole number from 0 on, not -1.'],
      ['a broken offset', 'copyTo', 1, 0.5, 'An offset has to be a whole number from 0 on, not 0.5.'],
      [
        'an offset that is no number',
        'copyFrom',
        1,
        Number.NaN,
        'An offset has to be a whole number from 0 on, not NaN.',
      ],
    ] as const)('%s', (_, method, bytes, offset, message) => {
      using fresh = emulatedContext();
      const own = fresh.allocate(100);
      expect(() => own[method](new Uint8Array(bytes), { offset })).toThrow(message);
      expect(() => own[method](new Uint8Array(bytes), { offset })).toThrow(RangeError);
    });

    it.each([
      [{ offset: 60 }, `50 bytes at offset 60 end at byte 110, but ${label} has 100 bytes.`],
      [
        { sourceOffset: 40, byteLength: 20 },
        `20 bytes at offset 40 end at byte 60, but ${otherLabel} has 50 bytes.`,
      ],
      [{ sourceOffset: 51 }, 'A byte length has to be a whole number from 0 on, not -1.'],
    ] as const)('a copy between buffers that does not fit: %o', (options, message) => {
      using fresh = emulatedContext();
      const [target, source] = [fresh.allocate(100), fresh.allocate(50)];
      expect(() => target.copyFromDevice(source, options)).toThrow(message);
    });

    it.each([-1, 256, 1.5, Number.NaN])('%s as the byte to fill with', (value) => {
      using fresh = emulatedContext();
      expect(() => fresh.allocate(4).fill(value)).toThrow(
        `A fill value has to be a byte, 0 to 255, not ${value}.`,
      );
    });

    it('a fill past its end', () => {
      using fresh = emulatedContext();
      expect(() => fresh.allocate(100).fill(0, { offset: 1, byteLength: 100 })).toThrow(
        `100 bytes at offset 1 end at byte 101, but ${label} has 100 bytes.`,
      );
    });

    it.each([-1, 0.5, Number.NaN, 2 ** 60])('%s bytes to allocate', (bytes) => {
      using fresh = emulatedContext();
      expect(() => fresh.allocate(bytes)).toThrow(RangeError);
    });
  });

  it('does nothing for copies and fills of nothing', () => {
    using context = emulatedContext();
    using buffer = context.allocate(1);
    buffer.copyFrom(new Uint8Array(0), { offset: 1 });
    buffer.copyTo(new Uint8Array(0));
    buffer.fill(0, { offset: 1 });
    buffer.copyFromDevice(context.allocate(1), { byteLength: 0 });
    const back = new Uint8Array(1);
    buffer.copyTo(back);
    expect(back[0]).toBe(0xcd);
  });
});

describe('device memory', () => {
  it('runs out with an error that says how much was asked for and what to do', () => {
    using context = emulatedContext({ totalMemoryBytes: 4096 });
    using _half = context.allocate(2048);
    const error = cudaErrorOf(() => context.allocate(4096));
    expect(error.name).toBe('CUDA_ERROR_OUT_OF_MEMORY');
    expect(error.code).toBe(2);
    expect(error.call).toBe('cuMemAlloc_v2');
    expect(error.args).toEqual({ bytes: 4096 });
    expect(error.message).toBe(
      'CUDA_ERROR_OUT_OF_MEMORY (2) from cuMemAlloc_v2(bytes: 4096): the device has too little free memory. ' +
        'Release buffers, ask for less, or look for other processes on the GPU.',
    );
    expect(error.isSticky).toBe(false);
  });

  it('is free again after a release', () => {
    using context = emulatedContext({ totalMemoryBytes: 4096 });
    const before = context.memoryInfo();
    expect(before).toEqual({ freeBytes: 4096, totalBytes: 4096 });
    const buffer = context.allocate(4000);
    expect(context.memoryInfo().freeBytes).toBe(0);
    buffer.release();
    expect(context.memoryInfo()).toEqual(before);
  });

  it('is not given out in portions of nothing', () => {
    using context = emulatedContext();
    expect(cudaErrorOf(() => context.allocate(0)).message).toBe(
      'CUDA_ERROR_INVALID_VALUE (1) from cuMemAlloc_v2(bytes: 0): the size is not possible. It has to be at least 1 byte.',
    );
  });
});
