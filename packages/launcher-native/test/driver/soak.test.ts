import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bounds, growths, type Sample } from '../gpu/soak/flat.mjs';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** One file, as scripts/gpu/pack.sh makes it, but of the sources as they are. */
async function bundleSoak(): Promise<string> {
  const outfile = path(`../../../../node_modules/.cache/preflight-tests/soak-${process.pid}.mjs`);
  await build({
    entryPoints: [path('../gpu/soak/soak.mjs')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['koffi'],
    outfile,
    logLevel: 'warning',
    plugins: [
      {
        name: 'sources',
        setup: ({ onResolve }) =>
          onResolve({ filter: /dist\/index\.js$/ }, ({ kind }) =>
            kind === 'import-statement' ? { path: path('../../src/index.ts') } : undefined,
          ),
      },
    ],
  });
  return outfile;
}

describe('the long run', () => {
  it('is flat on the emulator, in one file and a short time', async () => {
    const args = [await bundleSoak(), path('../../../kernels/catalog/preflight-sm90a.json'), '--emulator'];
    const { stdout } = await promisify(execFile)(process.execPath, [...args, '--seconds', '3']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('emulator of h100 on the CPU (as asked)');
    expect(lines[1]?.trim().split(/ {2,}/)).toEqual([
      's',
      'launches',
      'heap',
      'array buffers',
      'process',
      'device',
    ]);
    expect(lines.at(-1)).toMatch(/^[\d,]+ launches, [\d,]+ a second: flat$/);
  }, 60_000);
});

describe('what has grown', () => {
  const flat: Sample = {
    seconds: 0,
    launches: 0,
    heapBytes: 2 ** 23,
    arrayBufferBytes: 2 ** 20,
    rssBytes: 2 ** 27,
    deviceBytes: 2 ** 30,
  };
  const samplesWith = (change: (i: number) => Partial<Sample>) =>
    Array.from({ length: 12 }, (_, i) => ({ ...flat, seconds: 5 * i, ...change(i) }));

  it('is nothing where all stays as it was, after a while', () => {
    expect(growths(samplesWith(() => ({})))).toEqual([]);
    expect(
      growths(samplesWith((i) => ({ rssBytes: i < 3 ? 0 : 2 ** 28, deviceBytes: 2 ** 30 - i }))),
    ).toEqual([]);
  });

  it.each(Object.entries(bounds))('is told of %s, beyond %i bytes', (name, limit) => {
    const key = name as keyof typeof bounds;
    const upTo = (bytes: number) => samplesWith((i) => ({ [key]: flat[key] + (i === 11 ? bytes : 0) }));
    expect(growths(upTo(limit))).toEqual([]);
    expect(growths(upTo(limit + 1))).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${name} grew by [\\d.]+ MiB, and may by [\\d.]+ MiB: from .* after 20 s to .* after 55 s$`,
        ),
      ),
    ]);
  });

  it('is not known of a run that was too short', () => {
    expect(growths([flat])).toEqual(['too few samples to compare']);
  });
});
