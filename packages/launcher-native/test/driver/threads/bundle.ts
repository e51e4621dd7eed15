import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Where koffi, which cannot be bundled, is found from. */
const folder = new URL('../../../../../node_modules/.cache/preflight-tests/', import.meta.url);

/** Bundles a TypeScript file of this folder, for a thread or process of its own, and returns the path. */
export async function bundle(name: string): Promise<string> {
  const outfile = fileURLToPath(new URL(`${name}-${process.pid}.mjs`, folder));
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['koffi'],
    outfile,
    logLevel: 'warning',
  });
  return outfile;
}
