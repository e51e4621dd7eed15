import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { cudaHeaderVersion } from '../../src/driver/sys/cuda-abi.js';

const packageRoot = new URL('../../', import.meta.url);

/** The CUDA version of the header that the generator would find. */
function installedHeaderVersion(): number | undefined {
  const header = [process.env['CUDA_HOME'], '/usr/local/cuda']
    .filter((root) => root !== undefined)
    .map((root) => join(root, 'include', 'cuda.h'))
    .find((path) => existsSync(path));
  if (header === undefined) return undefined;
  const version = /^#define CUDA_VERSION (\d+)/m.exec(readFileSync(header, 'utf8'))?.[1];
  return version === undefined ? undefined : Number(version);
}

const hasCompiler = spawnSync(process.env['CC'] ?? 'cc', ['--version']).status === 0;
const canRegenerate = hasCompiler && installedHeaderVersion() === cudaHeaderVersion;

it.skipIf(!canRegenerate)(
  `cuda-abi.ts is what the generator makes of cuda.h (needs a C compiler and the cuda.h of CUDA_VERSION ${cudaHeaderVersion})`,
  () => {
    const generator = fileURLToPath(new URL('scripts/generate-cuda-abi.mjs', packageRoot));
    const generated = execFileSync(process.execPath, [generator, '--stdout'], { encoding: 'utf8' });
    expect(readFileSync(new URL('src/driver/sys/cuda-abi.ts', packageRoot), 'utf8')).toBe(generated);
  },
);
