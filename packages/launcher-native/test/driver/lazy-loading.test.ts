import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { loadCudaDriver } from '../../src/driver/index.js';
import { emulatedContext } from './emulated.js';

const isKoffiLoaded = () =>
  Object.keys(createRequire(import.meta.url).cache).some((path) => /[\\/]koffi[\\/]/.test(path));

it('koffi is loaded with the first driver library, not with the package, nor by the emulator', () => {
  using context = emulatedContext();
  context.allocate(4).fill(0);
  expect(isKoffiLoaded()).toBe(false);
  expect(() => loadCudaDriver('libno-such-driver.so.1')).toThrow();
  expect(isKoffiLoaded()).toBe(true);
});
