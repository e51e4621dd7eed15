import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onlyLine } from './run/tiny.js';
import { root, run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

const fixtures = 'packages/launcher-native/test/cubin/fixtures';
const cubin = `${fixtures}/local-memory.sm90a.cuda13.cubin`;
const tiny = readFileSync(join(root, fixtures, 'tiny.sm90a.cuda13.cubin'));
const asSource = (bytes: Uint8Array) => `const unsigned char tiny_cubin[] = {${[...bytes].join(', ')}};\n`;

describe('inspect', () => {
  it('tells what a cubin is, and what each kernel needs', async () => {
    const { code, stdout, stderr } = await run(['inspect', cubin]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        `${cubin}: a cubin for sm90a, 12,272 bytes`,
        '  sha256 a703a48bc8f5c1d86afe13e30d2eac3ac48d1e5cec550c29963a5e331b04989b',
        '',
        '  registers  shared mem  local mem  parameters  threads  cluster  constants                     name',
        '         30           0        256       8 + 8      any  2×1×1    544 in bank 0, 256 in bank 3  local_memory',
        '',
      ].join('\n'),
    );
  });

  it('puts names below on a terminal, where the table has to fit', async () => {
    const { stdout } = await run(['inspect', cubin], { columns: 80, env: { NO_COLOR: '1' } });
    expect(stdout.split('\n').slice(3)).toEqual([
      expect.stringMatching(/^ {2}registers .* constants$/),
      expect.stringMatching(/^ {9}30 /),
      '    local_memory',
      '',
    ]);
  });

  it('lists the members of a fatbin, and says that PTX is no machine code', async () => {
    const { code, stdout } = await run(['inspect', `${fixtures}/tiny.plain.fatbin`]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'tiny.plain.fatbin: a fatbin of 27,376 bytes, with 3 members\n\nmember 1: a cubin for sm90a, ',
    );
    expect(stdout).toContain('\nmember 2: a cubin for sm80, 15,584 bytes\n');
    expect(stdout).toMatch(
      /\nmember 3: PTX for sm_90, 1,440 bytes\n {2}no machine code: a driver would have to compile it/,
    );
  });

  it('reads members that are compressed with LZ4, and says of what cannot be read why', async () => {
    const lz4 = await run(['inspect', `${fixtures}/tiny.speed.fatbin`]);
    expect(lz4.code).toBe(0);
    expect(lz4.stdout).toContain('member 1: a cubin for sm90a, 10,128 bytes, compressed with LZ4\n');
    const fatbin = readFileSync(join(root, fixtures, 'tiny.speed.fatbin'));
    fatbin.fill(0xff, 80, 90);
    const { code, stdout } = await run(['inspect', temporaryFile('damaged.fatbin', fatbin)]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /member 1: a cubin for sm_90, .* LZ4\n {2}✗ a member compressed with LZ4 is damaged: /,
    );
    expect(stdout).toContain('member 2: a cubin for sm80, ');
  });

  it('finds cubins that a C source has as arrays', async () => {
    const { code, stdout } = await run(['inspect', temporaryFile('tiny.c', `// one\n${asSource(tiny)}`)]);
    expect(code).toBe(0);
    expect(stdout).toContain(', with 1 image\n\ntiny_cubin in line 2: a cubin for sm90a, 10,128 bytes\n');
  });

  it('as JSON has what the reader has', async () => {
    const { images, ...file } = JSON.parse((await run(['inspect', cubin, '--format', 'json'])).stdout);
    expect(file).toEqual({ file: cubin, kind: 'cubin', bytes: 12_272 });
    expect(images).toHaveLength(1);
    expect(images[0]).toMatchObject({ place: '', arch: 'sm90a', compression: 'none', bytes: 12_272 });
    expect(images[0].kernels).toEqual([
      {
        name: 'local_memory',
        numRegisters: 30,
        staticSharedMemBytes: 0,
        localMemBytes: 256,
        constantBanks: [
          { bank: 0, bytes: 544 },
          { bank: 3, bytes: 256 },
        ],
        paramBytes: 16,
        params: [
          { ordinal: 0, offset: 0, bytes: 8 },
          { ordinal: 1, offset: 8, bytes: 8 },
        ],
        requiredCluster: [2, 1, 1],
      },
    ]);
    const fatbin = JSON.parse(
      (await run(['inspect', `${fixtures}/tiny.plain.fatbin`, '--format', 'json'])).stdout,
    );
    expect(fatbin.images.map(({ arch }: { arch: string }) => arch)).toEqual(['sm90a', 'sm80', 'sm90']);
    expect(fatbin.images[2]).toMatchObject({ kind: 'ptx', sha256: null, kernels: [] });
  });

  it.each([
    ['missing.cubin', 'cannot read missing.cubin: there is no such file'],
    ['examples', 'cannot read examples: it is a folder'],
    ['README.md', 'README.md: a source without a cubin: no array in it begins like a cubin or a fatbin'],
    [
      temporaryFile('picture.png', Uint8Array.of(137, 80, 0)),
      'picture.png: neither a cubin, nor a fatbin, nor a C source',
    ],
    [temporaryFile('cut.fatbin', tiny.subarray(0, 3)), 'cut.fatbin: a source without a cubin: '],
    [
      temporaryFile('large.c', 'unsigned char a[] = {256};'),
      'large.c: a in line 1 has the number 256, which an element of 1 bytes cannot hold',
    ],
  ])('of %s is one line, and exit code 2', async (path, message) => {
    const ran = await run(['inspect', path]);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(onlyLine(ran)).toContain(message);
  });

  it('shows a cubin that is cut short with its fault, and exit code 1', async () => {
    const { code, stdout } = await run(['inspect', temporaryFile('half.cubin', tiny.subarray(0, 5000))]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /half\.cubin: a cubin, 5,000 bytes\n {2}sha256 \w+\n {2}✗ the file ends at byte 5000 but /,
    );
  });
});
