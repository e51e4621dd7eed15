import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { KernelCatalog, KernelInfo, Problem } from '@gemm-preflight/types';
import { type Ran, root, run } from '../support/run-main.js';
import { temporaryFile, temporaryFolder } from '../support/temporary.js';

// Small problems for our own kernels, and catalogs that lie.

const catalogFolder = join(root, 'packages/kernels/catalog');

/** Our own kernels, with absolute paths to their cubins: a copy of the catalog may lie anywhere. */
export const ours: readonly KernelInfo[] = (
  JSON.parse(readFileSync(join(catalogFolder, 'preflight-sm90a.json'), 'utf8')) as KernelCatalog
).kernels.map((kernel) => ({ ...kernel, cubin: join(catalogFolder, kernel.cubin ?? '') }));

/** Those with a CTA for each tile, which all run {@link tiny} and have nothing but their tiles to be told apart by. */
export const perTile: readonly KernelInfo[] = ours.filter(({ ruleSet }) => ruleSet === 'trtllm-gen@2025-03');

/** The kernel with tiles of 128 × 8. */
export const kernel: KernelInfo & { readonly cubin: string } = (() => {
  const found = perTile.find(({ tileN }) => tileN === 8);
  if (found?.cubin === undefined) throw new Error('no kernel has tiles of 8 tokens');
  return { ...found, cubin: found.cubin };
})();

/** The same with no digest, so that another cubin can be tried. */
export const { sha256: _sha256, ...kernelWithoutHash } = kernel;

export const tiny: Problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 128,
  n: 32,
  k: 256,
  tokensPerBatch: [3, 0, 9, 1],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
};

let files = 0;

/** Writes a file of problems; returns its path. */
export function problemFile(problems: readonly Problem[] = [tiny], rest: object = {}): string {
  return temporaryFile(`problems-${++files}.json`, { ...rest, problems });
}

/** Writes a catalog; returns its path. A catalog names only cubins below its folder: others are copied there. */
export function catalogFile(...kernels: readonly KernelInfo[]): string {
  const beside = kernels.map(({ cubin, ...info }) =>
    cubin === undefined ? info : { ...info, cubin: besideCatalog(cubin) },
  );
  return temporaryFile(`catalog-${++files}.json`, { kernels: beside });
}

function besideCatalog(path: string): string {
  const folder = temporaryFolder();
  if (path.startsWith(folder)) return relative(folder, path);
  copyFileSync(path, join(folder, basename(path)));
  return basename(path);
}

/** Writes a file of any bytes; returns its path. */
export function cubinFile(bytes: Uint8Array): string {
  return temporaryFile(`kernel-${++files}.cubin`, bytes);
}

/** Makes a folder; returns its path. */
export function emptyFolder(): string {
  const path = join(temporaryFolder(), `folder-${++files}`);
  mkdirSync(path);
  return path;
}

/** Runs `preflight run` on the emulator. */
export function runEmulated(file: string, ...argv: readonly string[]): Promise<Ran> {
  return run(['run', file, '--device', 'emulator', ...argv]);
}

/** The same with a seed, as JSON. */
export async function runAsJson(file: string, ...argv: readonly string[]) {
  const { code, stdout, stderr } = await runEmulated(file, '--seed', '7', '--format', 'json', ...argv);
  return { code, stderr, document: JSON.parse(stdout) };
}

/** The one line on stderr, of a command that failed and printed nothing that looks like a stack. */
export function onlyLine({ code, stderr, stdout }: Ran): string {
  const [line = '', ...rest] = stderr.split('\n');
  if (code === 0 || rest.length !== 1 || rest[0] !== '' || /^\s+at /m.test(stderr + stdout)) {
    throw new Error(`expected one line and a failure, not exit code ${code} and ${JSON.stringify(stderr)}`);
  }
  return line;
}
