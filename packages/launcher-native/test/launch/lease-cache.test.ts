import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lease, LeaseCache } from '../../src/launch/lease-cache.js';

/** A cache of names, which notes what it destroys. */
function cacheOf(maxEntries: number, maxBytes = 1000) {
  const destroyed: string[] = [];
  const gone = new Set<string>();
  const cache = new LeaseCache<string>({
    maxEntries,
    maxBytes,
    destroy: (value) => destroyed.push(value),
    isGone: (value) => gone.has(value),
  });
  return { cache, destroyed, gone };
}

describe('a LeaseCache', () => {
  it('gives the same value to everybody, and keeps it for the next', () => {
    const { cache, destroyed } = cacheOf(2);
    cache.add('a', 'A', 1).release();
    expect(cache.get('a')?.value).toBe('A');
    expect(cache.get('b')).toBeUndefined();
    expect(destroyed).toEqual([]);
  });

  it('destroys what was used the longest time ago', () => {
    const { cache, destroyed } = cacheOf(2);
    for (const name of ['a', 'b']) cache.add(name, name, 1).release();
    cache.get('a')?.release();
    cache.add('c', 'c', 1).release();
    expect(destroyed).toEqual(['b']);
  });

  it('counts the end of a lease as a use', () => {
    const { cache, destroyed } = cacheOf(2);
    const held = cache.add('a', 'a', 1);
    cache.add('b', 'b', 1).release();
    held.release();
    cache.add('c', 'c', 1).release();
    expect(destroyed).toEqual(['b']);
  });

  it('destroys nothing that is held, and makes up for it when it is released', () => {
    const { cache, destroyed } = cacheOf(1);
    const [a, b] = [cache.add('a', 'a', 1), cache.add('b', 'b', 1)];
    expect([cache.size, destroyed]).toEqual([2, []]);
    a.release();
    expect([cache.size, destroyed]).toEqual([1, ['a']]);
    b.release();
    expect([cache.size, destroyed]).toEqual([1, ['a']]);
  });

  it('counts a lease that is released twice once', () => {
    const { cache, destroyed } = cacheOf(1);
    const [first, second] = [cache.add('a', 'a', 1), cache.get('a')];
    first.release();
    first.release();
    cache.add('b', 'b', 1).release();
    expect(destroyed).toEqual(['b']);
    second?.release();
  });

  it('keeps no value that is larger than all of it, once it is released', () => {
    const { cache, destroyed } = cacheOf(5, 10);
    cache.add('large', 'large', 11).release();
    expect([cache.size, cache.bytes, destroyed]).toEqual([0, 0, ['large']]);
  });

  it('forgets a value that went by another way', () => {
    const { cache, gone } = cacheOf(2);
    cache.add('a', 'A', 3).release();
    gone.add('A');
    expect(cache.get('a')).toBeUndefined();
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
    expect(cache.add('a', 'A2', 3).value).toBe('A2');
  });

  it('when emptied destroys what is idle, and the rest when it is released', () => {
    const { cache, destroyed } = cacheOf(5);
    const held = cache.add('a', 'a', 1);
    cache.add('b', 'b', 1).release();
    cache.clear();
    expect([cache.size, cache.bytes, destroyed]).toEqual([0, 0, ['b']]);
    held.release();
    held.release();
    expect(destroyed).toEqual(['b', 'a']);
  });

  it('keeps a new value, without a lease, where an old one could not be destroyed', () => {
    const error = new Error('no');
    const destroy = (value: string) => {
      if (value === 'a') throw error;
    };
    const cache = new LeaseCache<string>({ maxEntries: 1, maxBytes: 100, destroy, isGone: () => false });
    cache.add('a', 'a', 1).release();
    expect(() => cache.add('b', 'b', 1)).toThrow(error);
    expect([cache.size, cache.bytes]).toEqual([1, 1]);
    expect(cache.get('b')?.value).toBe('b');
  });
});

/** One thing that somebody does: take a value, or release one of those that are held. */
const step = fc.oneof(
  fc.record({ take: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ release: fc.nat({ max: 20 }) }),
);

describe('whatever is taken and released, in any order', () => {
  /** Sizes differ by value, and some are larger than the whole cache. */
  const bytesOf = (value: number) => 1 + value * 4;

  it('held values live, limits hold unless all is held, and idle ones go in the order of their last use', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 40 }),
        (steps, maxEntries, maxBytes) => {
          const alive = new Set<number>();
          const held: { value: number; lease: Lease<number> }[] = [];
          const lastUse = new Map<number, number>();
          let destroyedNow: number[] = [];
          const cache = new LeaseCache<number>({
            maxEntries,
            maxBytes,
            destroy: (value) => {
              expect(alive.delete(value)).toBe(true);
              destroyedNow.push(value);
            },
            isGone: () => false,
          });
          steps.forEach((action, time) => {
            destroyedNow = [];
            if ('take' in action) {
              const value = action.take;
              const found = cache.get(String(value));
              expect(found !== undefined).toBe(alive.has(value));
              if (found === undefined) alive.add(value);
              held.push({ value, lease: found ?? cache.add(String(value), value, bytesOf(value)) });
              lastUse.set(value, time);
            } else {
              const [released] = held.splice(action.release % Math.max(1, held.length), 1);
              if (released === undefined) return;
              lastUse.set(released.value, time);
              released.lease.release();
            }
            const inUse = new Set(held.map(({ value }) => value));
            for (const value of inUse) expect(alive.has(value)).toBe(true);
            expect(cache.size).toBe(alive.size);
            expect(cache.bytes).toBe([...alive].reduce((sum, value) => sum + bytesOf(value), 0));
            const idle = [...alive].filter((value) => !inUse.has(value));
            const fits = cache.size <= maxEntries && cache.bytes <= maxBytes;
            expect(fits || idle.length === 0).toBe(true);
            const use = (value: number) => lastUse.get(value) ?? -1;
            const newest = Math.max(-1, ...destroyedNow.map(use));
            for (const value of idle) expect(use(value)).toBeGreaterThan(newest);
          });
        },
      ),
    );
  });
});
