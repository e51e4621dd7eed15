import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sound } from '../support/configurations.js';
import { root } from '../support/run-main.js';
import { installWithNpm, unpack } from './install.js';

const exec = promisify(execFile);

/** A project beside the repository that has the packages installed. */
export interface Project {
  readonly folder: string;
  /** The files of each tarball. */
  readonly packed: ReadonlyMap<string, readonly string[]>;
  /** Why the tarballs were unpacked rather than installed by npm; undefined where npm did it. */
  readonly notInstalled: string | undefined;
  remove(): void;
}

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const workspaces = ['types', 'checker-wasm', 'launcher-native', 'kernels', 'cli'];

/**
 * Packs the workspaces, and installs the tarballs into a new project with the sample in it. Where npm would need a registry and
 * reaches none, they are unpacked in its stead.
 */
export async function createProject(): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'preflight-packed-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const packed = await pack(folder);
    const tarballs = packed.map(({ name, filename }) => ({ name, path: join(folder, filename) }));
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    const notInstalled = await installWithNpm(folder, tarballs);
    if (notInstalled !== undefined) for (const tarball of tarballs) await unpack(folder, tarball);
    cpSync(fileURLToPath(new URL('sample', import.meta.url)), folder, { recursive: true });
    writeFileSync(join(folder, 'options.js'), `export const options = ${JSON.stringify(sound)};\n`);
    writeFileSync(join(folder, 'broken.json'), JSON.stringify({ ...sound, k: 2000 }));
    const files = packed.map(({ name, files }) => [name, files.map(({ path }) => path)] as const);
    return { folder, packed: new Map(files), notInstalled, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function pack(folder: string): Promise<readonly Packed[]> {
  const names = workspaces.flatMap((name) => ['-w', `packages/${name}`]);
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...names];
  const { stdout } = await exec('npm', args, { cwd: root });
  return Object.values(JSON.parse(stdout) as Readonly<Record<string, Packed>>);
}
