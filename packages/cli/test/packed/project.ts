import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sound } from '../support/configurations.js';
import { root } from '../support/run-main.js';

/** A project beside the repository that has the packages as npm would install them. */
export interface Project {
  readonly folder: string;
  /** The files of each tarball. */
  readonly packed: ReadonlyMap<string, readonly string[]>;
  remove(): void;
}

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const workspaces = ['types', 'checker-wasm', 'launcher-native', 'kernels', 'cli'];

/**
 * Packs the workspaces, and unpacks the tarballs into a new project with the sample in it. No network: the packages of others
 * are links to those of the repository. Only those that a tarball declares are there, so one that is not declared is missed.
 */
export function createProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'preflight-packed-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const names = workspaces.flatMap((name) => ['-w', `packages/${name}`]);
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...names];
    const output = execFileSync('npm', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const packed = Object.values(JSON.parse(output) as Readonly<Record<string, Packed>>);
    for (const { name, filename } of packed) install(folder, name, join(folder, filename));
    cpSync(fileURLToPath(new URL('sample', import.meta.url)), folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    writeFileSync(join(folder, 'options.js'), `export const options = ${JSON.stringify(sound)};\n`);
    writeFileSync(join(folder, 'broken.json'), JSON.stringify({ ...sound, k: 2000 }));
    const files = packed.map(({ name, files }) => [name, files.map(({ path }) => path)] as const);
    return { folder, packed: new Map(files), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function install(project: string, name: string, tarball: string): void {
  const modules = join(project, 'node_modules');
  const at = join(modules, name);
  mkdirSync(at, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', at, '--strip-components=1']);
  const { bin = {}, dependencies = {} } = JSON.parse(
    readFileSync(join(at, 'package.json'), 'utf8'),
  ) as Manifest;
  for (const [command, path] of Object.entries(bin)) {
    mkdirSync(join(modules, '.bin'), { recursive: true });
    chmodSync(join(at, path), 0o755);
    symlinkSync(join(at, path), join(modules, '.bin', command));
  }
  const others = Object.keys(dependencies).filter((dependency) => !dependency.startsWith('@gemm-preflight/'));
  for (const dependency of others) {
    const link = join(modules, dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', dependency), link);
  }
}
