import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildStandIn, canBuildStandIn } from './stand-in/build.js';
import { bundle } from './threads/bundle.js';
import type { Growth } from './threads/many-launches.js';

/** More of them on request: PREFLIGHT_TEST_LAUNCHES. */
const launches = Number(process.env['PREFLIGHT_TEST_LAUNCHES'] ?? 1_000_000);
const timeoutMs = 60_000 + launches / 20;

let script: string;
beforeAll(async () => {
  script = await bundle('many-launches');
});

/** Launches in a process of its own, with its own heap. */
function growthOf(library: readonly string[]): Growth {
  const args = ['--expose-gc', script, String(launches), ...library];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

const mebibyte = 2 ** 20;

describe(`${launches.toLocaleString('en')} launches`, () => {
  it(
    'leave heap and process as large as they were, on the emulator',
    () => {
      const { heapBytes, rssBytes } = growthOf([]);
      expect(heapBytes).toBeLessThan(mebibyte);
      expect(rssBytes).toBeLessThan(24 * mebibyte);
    },
    timeoutMs,
  );

  it.skipIf(!canBuildStandIn)(
    'allocate nothing worth collecting on the way to a driver library (needs Linux and a C compiler)',
    () => {
      const { heapBytes, rssBytes, collections } = growthOf([buildStandIn()]);
      expect(heapBytes).toBeLessThan(mebibyte / 2);
      expect(rssBytes).toBeLessThan(24 * mebibyte);
      expect(collections).toBeLessThan(launches / 20_000);
    },
    timeoutMs,
  );
});
