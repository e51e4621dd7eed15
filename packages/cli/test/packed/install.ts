import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/run-main.js';

const exec = promisify(execFile);

/** A packed package. */
export interface Tarball {
  readonly name: string;
  readonly path: string;
}

/** What npm says where it got nothing from a registry, and its cache has not all that is needed. Anything else is a fault. */
const unreachable = new Set([
  'ENOTCACHED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ERR_SOCKET_TIMEOUT',
]);

/**
 * Installs tarballs into a project with npm, and the packages of others in the versions of the repository's lock file. Those are in
 * npm's cache since the repository was installed, so this needs no registry unless somebody has cleared that.
 * @returns why not, where npm could reach no registry and needed one
 * @throws {Error} when npm refuses the packages
 */
export async function installWithNpm(
  project: string,
  tarballs: readonly Tarball[],
): Promise<string | undefined> {
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify(lockOfOthers()));
  const quick = ['--prefer-offline', '--fetch-retries=0', '--fetch-timeout=10000'];
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--json'];
  const args = ['install', ...quick, ...quiet, ...tarballs.map(({ path }) => path)];
  try {
    await exec('npm', args, { cwd: project });
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || !unreachable.has(code)) throw error;
    return `npm reached no registry (${code})`;
  }
}

/** The code of a failure of npm --json. */
function codeOf(error: unknown): string | undefined {
  const { stdout = '' } = error as { readonly stdout?: string };
  const parsed: { readonly error?: { readonly code?: string } } = JSON.parse(
    stdout.slice(stdout.indexOf('{')) || '{}',
  );
  return parsed.error?.code;
}

/** A lock file of the packages of others. The repository's names no registry, and without an address npm asks one for it. */
function lockOfOthers(): object {
  const { lockfileVersion, packages }: Lock = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  const others = Object.entries(packages)
    .filter(([path, { link }]) => path.startsWith('node_modules/') && !link)
    .map(([path, entry]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const file = `${name.split('/').at(-1)}-${entry.version}.tgz`;
      return [path, { ...entry, resolved: `https://registry.npmjs.org/${name}/-/${file}` }];
    });
  return { lockfileVersion, requires: true, packages: { '': {}, ...Object.fromEntries(others) } };
}

interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly link?: boolean }>>;
}

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Unpacks a tarball into a project, as npm would: the packages of others are links to those of the repository, and the commands are
 * links in .bin. Only what a tarball declares is there, so a dependency that is not declared is missed, as it would be; what this
 * cannot show is whether npm accepts the ranges of versions, and fetches what koffi needs for the platform.
 */
export async function unpack(project: string, { name, path }: Tarball): Promise<void> {
  const modules = join(project, 'node_modules');
  const at = join(modules, name);
  mkdirSync(at, { recursive: true });
  await exec('tar', ['-xzf', path, '-C', at, '--strip-components=1']);
  const { bin = {}, dependencies = {} }: Manifest = JSON.parse(
    readFileSync(join(at, 'package.json'), 'utf8'),
  );
  for (const [command, file] of Object.entries(bin)) {
    mkdirSync(join(modules, '.bin'), { recursive: true });
    chmodSync(join(at, file), 0o755);
    symlinkSync(join(at, file), join(modules, '.bin', command));
  }
  const others = Object.keys(dependencies).filter((dependency) => !dependency.startsWith('@gemm-preflight/'));
  for (const dependency of others) {
    const link = join(modules, dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', dependency), link);
  }
}
