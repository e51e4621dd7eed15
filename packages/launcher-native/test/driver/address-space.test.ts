import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressSpace } from '../../src/emulator/address-space.js';
import { IllegalAddressError } from '../../src/emulator/index.js';

const capacityBytes = 1 << 16;
const base = 1n << 44n;
const create = () => new AddressSpace({ base, capacityBytes });

/** Allocates, or fails the test. */
function allocated(space: AddressSpace, bytes: number): bigint {
  const address = space.allocate(bytes);
  if (address === undefined) throw new Error(`no room for ${bytes} bytes`);
  return address;
}

type Step =
  | { readonly do: 'allocate'; readonly bytes: number }
  | { readonly do: 'free'; readonly which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('allocate' as const), bytes: fc.integer({ min: 1, max: 5000 }) }),
    fc.record({ do: fc.constant('free' as const), which: fc.nat() }),
  ),
  { maxLength: 60 },
);

/** Runs steps and returns what should be live. */
function play(space: AddressSpace, sequence: readonly Step[]): Map<bigint, number> {
  const live = new Map<bigint, number>();
  for (const step of sequence) {
    if (step.do === 'allocate') {
      const address = space.allocate(step.bytes);
      if (address !== undefined) live.set(address, step.bytes);
    } else {
      const address = [...live.keys()][step.which % Math.max(1, live.size)];
      if (address === undefined) continue;
      expect(space.free(address)).toBe(true);
      live.delete(address);
    }
  }
  return live;
}

describe('emulated device memory', () => {
  it('gives addresses that are multiples of 256, with gaps between allocations', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const live = [...play(create(), sequence)].sort(([a], [b]) => (a < b ? -1 : 1));
        for (const [address] of live) expect(address % 256n).toBe(0n);
        for (const [i, [address, bytes]] of live.entries()) {
          const next = live[i + 1];
          if (next !== undefined) expect(next[0] - (address + BigInt(bytes))).toBeGreaterThanOrEqual(4096n);
        }
      }),
    );
  });

  it('counts every allocation rounded up to 256 bytes', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const space = create();
        const live = play(space, sequence);
        const used = [...live.values()].reduce((sum, bytes) => sum + Math.ceil(bytes / 256) * 256, 0);
        expect(space.freeBytes).toBe(capacityBytes - used);
      }),
    );
  });

  it('finds bytes exactly where one live allocation has all of them', () => {
    const probe = fc.record({
      which: fc.nat(),
      offset: fc.integer({ min: -300, max: 6000 }),
      bytes: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(steps, fc.array(probe, { minLength: 1 }), (sequence, probes) => {
        const space = create();
        const live = [...play(space, sequence)];
        for (const { which, offset, bytes } of probes) {
          const near = live[which % Math.max(1, live.length)]?.[0] ?? base;
          const address = near + BigInt(offset);
          const expected = live.some(
            ([start, size]) => address >= start && address + BigInt(bytes) <= start + BigInt(size),
          );
          expect(space.find(address, bytes)?.byteLength).toBe(expected ? bytes : undefined);
        }
      }),
    );
  });

  it('shows the same bytes through overlapping views', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(), fc.nat(), (size, a, b) => {
        const space = create();
        const start = allocated(space, size);
        const [written, read] = [a % size, b % size];
        space.view(start + BigInt(written), 1)[0] = 0x5a;
        expect(space.view(start + BigInt(read), size - read)[0]).toBe(written === read ? 0x5a : 0xcd);
      }),
    );
  });

  it('is filled with 0xCD at first, not with zeros', () => {
    const space = create();
    expect([...space.view(allocated(space, 300), 300)].every((byte) => byte === 0xcd)).toBe(true);
  });

  it('never uses an address again, so that a freed one stays wrong', () => {
    const space = create();
    const first = allocated(space, 64);
    expect(space.free(first)).toBe(true);
    expect(allocated(space, 64)).not.toBe(first);
    expect(space.find(first, 1)).toBeUndefined();
  });

  it('has no room for more than its capacity, and has it again after a free', () => {
    const space = create();
    const all = allocated(space, capacityBytes);
    expect(space.allocate(1)).toBeUndefined();
    space.free(all);
    expect(space.allocate(capacityBytes)).toBeDefined();
  });

  it('frees only what an allocation starts with', () => {
    const space = create();
    const start = allocated(space, 64);
    expect(space.free(start + 1n)).toBe(false);
    expect(space.free(0n)).toBe(false);
    expect(space.free(start)).toBe(true);
    expect(space.free(start)).toBe(false);
  });

  it('names the access and the nearest allocation when a kernel misses', () => {
    const space = create();
    const start = allocated(space, 64);
    expect(() => space.view(start + 60n, 8)).toThrow(IllegalAddressError);
    expect(() => space.view(start + 60n, 8)).toThrow(
      'Illegal access to 8 bytes at 0x10000000003c: the nearest allocation before it starts at 0x100000000000, 60 bytes earlier, and has 64 bytes.',
    );
    expect(() => space.view(1n, 8)).toThrow(
      'Illegal access to 8 bytes at 0x1: no allocation starts before it.',
    );
  });
});
