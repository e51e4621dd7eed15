import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Ran, root } from './run-main.js';

/** The command that the package installs; it runs what `npm run build` made. */
export const bin = fileURLToPath(new URL('../../bin/preflight.js', import.meta.url));

/** Runs the installed command in a process of its own. */
export function runBin(
  argv: readonly string[],
  { nodeArgs = [], ...options }: SpawnSyncOptions & { readonly nodeArgs?: readonly string[] } = {},
): Ran {
  const ran = spawnSync(process.execPath, [...nodeArgs, bin, ...argv], {
    cwd: root,
    maxBuffer: 1 << 28,
    ...options,
  });
  return {
    code: ran.status ?? -1,
    stdout: ran.stdout?.toString() ?? '',
    stderr: ran.stderr?.toString() ?? '',
  };
}
