import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const folder = new URL('../', import.meta.url);

/** What an example prints on the emulator. */
async function printed(name: string): Promise<readonly string[]> {
  const file = fileURLToPath(new URL(`${name}.mjs`, folder));
  const { stdout } = await promisify(execFile)(process.execPath, [file, '--device', 'emulator']);
  return stdout.trimEnd().split('\n');
}

/** The line of a right output, with its sum computed here from the operands that `support/gemm.mjs` describes. */
function rightOutput(tokensPerBatch: readonly number[], firstToken = 0): string {
  let sum = 0;
  let token = 0;
  for (const [batch, count] of tokensPerBatch.entries()) {
    for (let t = 0; t < count; t++, token++) {
      for (let row = 0; row < 128; row++) {
        let output = 0;
        for (let i = 0; i < 128; i++) {
          output += (((row + i + batch) % 3) - 1) * (((firstToken + token + 2 * i) % 3) - 1);
        }
        sum += Math.abs(output);
      }
    }
  }
  return `${token} tokens × 128 outputs, 0 wrong, sum of absolute values ${sum}`;
}

const expected: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  '01-allocate': [
    '64 MiB allocated, 64 MiB less are free',
    'the address is a multiple of 256: true',
    'all is free again: true',
    'ReleasedError',
  ],
  '02-copy': ['3 4 0 5', 'RangeError'],
  '03-check': [
    /^hopper-epilogue-tile: /,
    'tile-k-divides-k-slice: k 1000 is no multiple of tileK 128; 104 are left over',
    'tma-store-divides-hidden: a TMA store writes whole tiles, and m 200 is no multiple of tileM 128; 72 are left over',
    'tile-k-divides-k-slice: set k to 1024',
    'tma-store-divides-hidden: set m to 256',
    'ok after that: true',
  ],
  '04-plan': [
    'grid 1×3×1, 160 threads, 71744 bytes of shared memory',
    'tile → expert: 0 2 2',
    'expert → first row: 0 8 8; 24 rows with padding',
    'a: 49152 bytes, weights, batch after batch: E4m3 [384, 128], row-major',
    'b: 3072 bytes, activations, each batch from a multiple of the tile on: E4m3 [24, 128], row-major',
    'c: 6144 bytes, output: Bfloat16 [24, 128], row-major',
    'scaleC: 4 bytes, scale of the output: f32 [1]; null means 1',
  ],
  '05-launch': [rightOutput([3, 0, 9]), 'RefusedError'],
  '06-streams-and-events': ['all bytes are 2: true', 'two fills took less than a second: true'],
  '07-prepare': [rightOutput([3, 0, 9]), rightOutput([3, 0, 9]), rightOutput([3, 0, 9])],
  '08-new-tokens': [
    `3 tiles: ${rightOutput([3, 0, 9])}`,
    `1 tiles: ${rightOutput([0, 0, 1])}`,
    `3 tiles: ${rightOutput([16, 8, 0])}`,
  ],
  '09-select-kernel': [
    '1 tokens an expert: tile 128×8×128, the best of 9, bound by memory',
    '16 tokens an expert: tile 128×16×128, the best of 9, bound by memory',
    '64 tokens an expert: tile 128×64×128, the best of 9, bound by memory',
    '512 tokens an expert: tile 128×128×128, the best of 9, bound by operands',
    'takes E4m3 inputs, where the problem has E2m1',
  ],
  '10-graph': [
    '6 nodes, of which 3 launch a kernel',
    ...[0, 0, 0, 1, 1, 1].map((firstToken) => rightOutput([3, 0, 9], firstToken)),
  ],
};

const names = readdirSync(folder)
  .filter((file) => /^\d\d-.*\.mjs$/.test(file))
  .map((file) => file.slice(0, -'.mjs'.length));

describe('the course', () => {
  it('is numbered, and every part of it is tested', () => {
    expect(names).toEqual(Object.keys(expected));
    expect(names.map((name) => Number(name.slice(0, 2)))).toEqual(names.map((_, i) => i + 1));
  });

  it.each(names)('%s prints what it says', async (name) => {
    const lines = await printed(name);
    expect(lines).toHaveLength(expected[name]?.length ?? 0);
    for (const [i, line] of lines.entries()) {
      const right = expected[name]?.[i] ?? '';
      if (typeof right === 'string') expect(line).toBe(right);
      else expect(line).toMatch(right);
    }
  });
});
