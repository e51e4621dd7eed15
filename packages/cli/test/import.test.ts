import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { KernelCatalog, KernelInfo } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { CubinNames } from '../src/import/cubin-names.js';
import { onlyLine, ours, perTile, problemFile, runEmulated } from './run/tiny.js';
import { root, run } from './support/run-main.js';
import { temporaryFile, temporaryFolder } from './support/temporary.js';

const catalogPath = 'packages/kernels/catalog/preflight-sm90a.json';
const cubins = 'packages/kernels/cubins';
const fixtures = 'packages/launcher-native/test/cubin/fixtures';
const catalog = readJson<KernelCatalog>(join(root, catalogPath));

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

const newFolder = () => mkdtempSync(join(temporaryFolder(), 'import-'));

/** Cubins as engines embed them: an array each, and its length. */
function asSource(kernels: readonly KernelInfo[]): string {
  const arrays = kernels.map(({ functionName, cubin = '' }) => {
    const bytes = [...readFileSync(cubin)];
    return (
      `const unsigned char ${functionName}_cubin_data[] = {${bytes.map((byte) => `0x${byte.toString(16)}`).join(',')}};\n` +
      `unsigned int ${functionName}_cubin_len = ${bytes.length};\n`
    );
  });
  return arrays.join('\n');
}

/** A table as the engines of March 2025 have it. */
function asTable(kernels: readonly KernelInfo[]): string {
  const rows = kernels.map((o) => {
    const name = `${o.functionName}_cubin`;
    const flags = [o.blockScale, o.permuteFusion, o.shuffledMatrixA];
    const tiles = [o.tileM, o.tileN, o.tileK, o.epilogueTileM, o.epilogueTileN, o.mmaM, o.mmaN, o.mmaK];
    const types = [o.dtypeElt, o.dtypeC, o.dtypeAcc].map((type) => `tg::Dtype::${type}`);
    const rest = [o.useTmaStore, o.numStages, o.paramsStructSize, o.useFusedAct, o.threadsPerCta];
    const head = [`${name}_data`, `${name}_len`, o.sharedMemSize, JSON.stringify(o.functionName)];
    const all = [...head, ...flags, ...tiles, o.numSlicesForSplitK, ...types, ...rest];
    return `{ ${[...all, o.gateUseClusterSplitK, o.projGateNumSplitKSlices].join(',\n ')} }`;
  });
  return `const std::vector<GemmInfo> gemmList {\n${rows.join(',\n')}\n};\n`;
}

/** The catalog that an import wrote, without what depends on where it lies. */
function written(folder: string): readonly unknown[] {
  const { kernels } = readJson<KernelCatalog>(join(folder, 'catalog.json'));
  return kernels.map(({ cubin: _, ...entry }) => entry);
}

const expected = catalog.kernels.map(({ cubin: _, ...entry }) => entry);
const byName = (entries: readonly unknown[]) =>
  (entries as readonly KernelInfo[]).toSorted((a, b) => (a.functionName < b.functionName ? -1 : 1));

describe('import', () => {
  it('makes the same catalog of a folder of cubins, with what that says of them', async () => {
    const out = newFolder();
    const { code, stdout, stderr } = await run(['import', cubins, '--out', out, '--metadata', catalogPath]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`\n${expected.length} kernels in ${join(out, 'catalog.json')}\n`);
    expect(byName(written(out))).toEqual(byName(expected));
    expect(readdirSync(out).sort()).toEqual(['catalog.json', 'cubins']);
  });

  it('makes it of arrays in C and a table beside them, and the kernels run', async () => {
    const engine = newFolder();
    // Of each kind and not of each size, since text takes long. Names of kernels with another block contradict the setting.
    const some = ours.filter(({ paramsAbi, tileN }) => paramsAbi === 'trtllm-gen/1' && tileN === 8);
    mkdirSync(join(engine, 'gemmCubins'));
    writeFileSync(join(engine, 'gemmCubins', 'kernels_cubin.h'), asSource(some));
    writeFileSync(join(engine, 'gemmList.h'), asTable(some));
    const out = newFolder();
    const ran = await run(['import', engine, '--out', out, '--set', 'paramsAbi=trtllm-gen/1']);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(written(out)).toEqual(some.map(({ cubin: _, ...entry }) => entry));
    const problem = await runEmulated(problemFile(), '--catalog', join(out, 'catalog.json'));
    expect([problem.code, problem.stderr]).toEqual([0, '']);
    expect(problem.stdout).toContain('✓ the output agrees with the fp32 reference');
  });

  it('takes cubins out of fatbins, and leaves PTX with a word', async () => {
    const { code, stdout } = await run(['import', `${fixtures}/tiny.plain.fatbin`, '--out', newFolder()]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      '✗ block  packages/launcher-native/test/cubin/fixtures/tiny.plain.fatbin, member 1\n',
    );
    expect(stdout).toContain(
      '    paramsStructSize: the kernel takes 2 parameters, and one block is expected\n',
    );
    expect(stdout).toContain('tiny.plain.fatbin, member 3\n    PTX, which is no machine code\n');
    expect(stdout).toContain('\nno kernel could be imported\n');
  });

  it('as JSON says of every kernel where it was, and what it lacks', async () => {
    const out = newFolder();
    const { code, stdout } = await run(['import', cubins, '--out', out, '--format', 'json']);
    expect(code).toBe(1);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ catalog: null, incomplete: join(out, 'incomplete.json'), leftOut: [] });
    expect(document.kernels).toHaveLength(ours.length);
    const named = (name: string | undefined) =>
      document.kernels.find(({ functionName }: KernelInfo) => functionName === name);
    expect(named(ours[0]?.functionName)).toEqual({
      functionName: ours[0]?.functionName,
      source: `${cubins}/${ours[0]?.functionName}.cubin`,
      imported: false,
      sha256: ours[0]?.sha256,
      problems: [
        'nothing tells paramsAbi, sharedMemSize, shuffledMatrixA, useTmaStore, numStages, useFusedAct, ' +
          'gateUseClusterSplitK, projGateNumSplitKSlices; paramsAbi is trtllm-gen/1 or trtllm-gen/2',
      ],
    });
    // The names of persistent kernels say more.
    const persistent = ours.find(({ ruleSet }) => ruleSet === 'hopper-native@1');
    expect(named(persistent?.functionName).problems).toEqual([
      'nothing tells sharedMemSize, shuffledMatrixA, useTmaStore, numStages, useFusedAct, ' +
        'gateUseClusterSplitK, projGateNumSplitKSlices',
    ]);
  });
});

describe('a kernel of which something is not known', () => {
  const paths = perTile.map(({ cubin = '' }) => cubin);
  const common = [
    'paramsAbi=trtllm-gen/1',
    'shuffledMatrixA=false',
    'useTmaStore=true',
    'numStages=4',
    'useFusedAct=false',
  ];
  const settings = [...common, 'gateUseClusterSplitK=false', 'projGateNumSplitKSlices=1'].flatMap((set) => [
    '--set',
    set,
  ]);

  it('is no candidate: plan refuses the list that it is on, with the line', async () => {
    const out = newFolder();
    await run(['import', ...paths, '--out', out, ...settings]);
    const ran = await run(['plan', problemFile(), '--catalog', join(out, 'incomplete.json')]);
    expect(ran.code).toBe(2);
    expect(onlyLine(ran)).toMatch(/incomplete\.json:4:5: kernels\[0\] lacks "sharedMemSize"/);
  });

  it('is imported once that is filled in', async () => {
    const out = newFolder();
    await run(['import', ...paths, '--out', out, ...settings]);
    const path = join(out, 'incomplete.json');
    const { kernels } = readJson<KernelCatalog>(path);
    const filled = kernels.map((entry) => ({
      ...entry,
      sharedMemSize: ours.find(({ functionName }) => functionName === entry.functionName)?.sharedMemSize,
    }));
    writeFileSync(path, JSON.stringify({ kernels: filled }));
    const again = ['import', ...paths, '--out', out, '--metadata', path];
    const refused = await run(again);
    expect([refused.code, refused.stderr]).toEqual([0, '']);
    expect(byName(written(out))).toEqual(byName(perTile.map(({ cubin: _, ...entry }) => entry)));
    expect(onlyLine(await run(again))).toBe(
      `preflight: ${out} has a file catalog.json already; name another folder, or pass --force to replace it`,
    );
    expect((await run([...again, '--force'])).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['catalog.json', 'cubins']);
  });
});

describe('a kernel of which two say different things', () => {
  const [first] = catalog.kernels;

  it.each([
    [{ tileN: 16 }, 'tileN: the name says 8, '],
    [{ arch: 'sm100a' }, 'arch: the cubin says sm90a, '],
    [{ sha256: '0'.repeat(64) }, `sha256: `],
  ])('is not imported, and the line names both: %j', async (change, line) => {
    const metadata = temporaryFile('wrong.json', { kernels: [{ ...first, ...change }] });
    const path = `${cubins}/${first?.functionName}.cubin`;
    const { code, stdout } = await run(['import', path, '--out', newFolder(), '--metadata', metadata]);
    expect(code).toBe(1);
    expect(stdout).toContain(`    ${line}`);
    expect(stdout).toContain(`${metadata} says ${Object.values(change)[0]}`);
    expect(stdout).toContain('\nno kernel could be imported\n');
  });

  it('or of which there are two', async () => {
    const paths = [`${fixtures}/tiny.sm90a.cuda12.cubin`, `${fixtures}/tiny.sm90a.cuda13.cubin`];
    const { stdout } = await run(['import', ...paths, '--out', newFolder()]);
    expect(stdout).toContain(`    functionName: another cubin has a kernel of this name: ${paths[0]}\n`);
  });
});

describe('what the user got wrong is one line, and exit code 2:', () => {
  const path = `${cubins}/${ours[0]?.functionName}.cubin`;
  const failure = async (...argv: readonly string[]) => {
    const ran = await run(['import', ...argv]);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    return onlyLine(ran).replace(/^preflight: /, '');
  };

  it.each([
    [
      'a path that leads nowhere',
      ['missing.cubin', '--out', 'x'],
      'cannot read missing.cubin: there is no such file',
    ],
    ['no folder to write to', [path], "required option '--out <dir>' not specified"],
    [
      'a setting without a value',
      [path, '--out', 'x', '--set', 'tileM'],
      '--set is "tileM"; it must be FIELD=VALUE',
    ],
    [
      'a setting of a field that does not exist',
      [path, '--out', 'x', '--set', 'tilem=8'],
      '--set: has no field "tilem"; did you mean "tileM"?',
    ],
    [
      'a setting of another kind',
      [path, '--out', 'x', '--set', 'tileM=big'],
      '--set: tileM is "big"; it must be a whole number',
    ],
    [
      'metadata that is none',
      [path, '--out', 'x', '--metadata', 'README.md'],
      'README.md holds no kernels: JSON with ',
    ],
    ['sources without a cubin', ['examples', '--out', 'x'], 'there is no cubin with a kernel in examples'],
  ])('%s', async (_, argv, line) => {
    expect(await failure(...argv)).toContain(line);
  });

  it('a folder that cannot be written', async () => {
    const out = temporaryFile('file', '');
    expect(await failure(path, '--out', out)).toMatch(/^cannot write to .*file: /);
  });

  it('pointers of Git LFS in place of the files', async () => {
    const pointer = temporaryFile(
      'gemm_cubin.cpp',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
    );
    expect(await failure(pointer, '--out', newFolder())).toBe(
      `there is no cubin with a kernel in ${pointer}; ${pointer}: a pointer of Git LFS, and "git lfs pull" fetches the file`,
    );
  });
});

describe('a folder', () => {
  it('may hold anything: damaged files are named, others passed over, links not followed', async () => {
    const folder = newFolder();
    const [tile8] = ours;
    copyFileSync(tile8?.cubin ?? '', join(folder, 'sound.cubin'));
    writeFileSync(join(folder, 'half.cubin'), readFileSync(tile8?.cubin ?? '').subarray(0, 99));
    writeFileSync(join(folder, 'main.cpp'), 'int main() {}\n');
    writeFileSync(join(folder, 'notes.txt'), 'no device code');
    symlinkSync(join(root, cubins), join(folder, 'elsewhere'));
    const { code, stdout } = await run(['import', folder, '--out', newFolder(), '--metadata', catalogPath]);
    expect(code).toBe(1);
    expect(stdout.match(/✓/g)).toHaveLength(1);
    expect(stdout).toMatch(/✗ \S+half\.cubin\n {4}the file ends at byte 99 but /);
    expect(stdout).not.toMatch(/main\.cpp|notes\.txt/);
  });
});

describe('the files of cubins', () => {
  const names = new CubinNames();
  const sha256 = '0123456789abcdef'.repeat(4);

  it.each([
    ['gemm', 'cubins/gemm.cubin'],
    ['GEMM', 'cubins/GEMM-0123456789abcdef.cubin'],
    ['../../etc/passwd', 'cubins/__.._etc_passwd.cubin'],
    ['', 'cubins/kernel.cubin'],
    ['a\u0000b', 'cubins/a_b.cubin'],
    ['n'.repeat(9999), `cubins/${'n'.repeat(200)}-0123456789abcdef.cubin`],
  ])('stay in their folder, whatever a kernel is called: %j', (name, path) => {
    expect(names.pathFor(name, sha256)).toBe(path);
  });
});
