import { optionsFor } from '@gemm-preflight/checker-wasm';
import { type LoadedKernel, ReleasedError } from '@gemm-preflight/launcher-native';
import { targets } from '@gemm-preflight/types';
import { afterEach, describe, expect, it } from 'vitest';
import { Kernels } from '../src/kernels.js';
import { PreparedGemms } from '../src/prepared-gemms.js';
import { kernels as catalog, problem } from './support/client.js';
import { TestDevice } from './support/driver.js';

const devices: TestDevice[] = [];

afterEach(() => {
  for (const device of devices.splice(0)) device.release();
});

/** Prepared launches of the catalog's first kernel, of which a number is kept. */
function preparedOf(most: number) {
  const [kernel] = catalog;
  if (kernel === undefined) throw new Error('the catalog is empty');
  const device = new TestDevice(catalog);
  devices.push(device);
  const prepared = new PreparedGemms(new Kernels(device.context, catalog), targets.h100, most);
  return (k: number) => prepared.borrow(kernel.functionName, optionsFor(kernel, { ...problem, k }));
}

function isHeld(loaded: LoadedKernel): boolean {
  try {
    loaded.assertAlive();
    return true;
  } catch (error) {
    if (error instanceof ReleasedError) return false;
    throw error;
  }
}

describe('a prepared launch', () => {
  it('holds its kernel while it is kept', async () => {
    const borrow = preparedOf(2);
    const { gemm, end } = await borrow(128);
    end();
    expect(isHeld(gemm.loaded)).toBe(true);
    expect((await borrow(128)).gemm).toBe(gemm);
  });

  it('that has to go gives its kernel back when nobody uses it any more', async () => {
    const borrow = preparedOf(1);
    const [first, again] = [await borrow(128), await borrow(128)];
    const second = await borrow(256);
    first.end();
    expect(isHeld(first.gemm.loaded)).toBe(true);
    again.end();
    expect(isHeld(first.gemm.loaded)).toBe(false);
    second.end();
    (await borrow(384)).end();
    expect(isHeld(second.gemm.loaded)).toBe(false);
  });

  it('is kept once, when two ask for it at the same time', async () => {
    const borrow = preparedOf(4);
    const [one, two] = await Promise.all([borrow(128), borrow(128)]);
    expect([isHeld(one.gemm.loaded), isHeld(two.gemm.loaded)]).toEqual([true, true]);
    one.end();
    two.end();
    const held = [one, two].filter(({ gemm }) => isHeld(gemm.loaded));
    expect(held.map(({ gemm }) => gemm)).toEqual([(await borrow(128)).gemm]);
  });

  it('that is refused holds nothing', async () => {
    const borrow = preparedOf(1);
    await expect(borrow(100)).rejects.toThrow('k 100 is no multiple of tileK 128');
    expect((await borrow(128)).gemm.plan.options.k).toBe(128);
  });
});
