import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const folder = fileURLToPath(new URL('../../../packages/kernels/catalog/', import.meta.url));
const name = 'virtual:catalogs';

/**
 * The repository's catalogs as a module: `kernels`, and the name of the catalog that each is from. Paths and digests of cubins
 * are left out, for nothing here loads one.
 */
export function catalogs(): Plugin {
  return {
    name: 'catalogs',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) =>
      id === `\0${name}` ? `export const kernels = ${JSON.stringify(readKernels())};` : undefined,
  };
}

function readKernels(): unknown[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      const { kernels } = JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as { kernels: object[] };
      return kernels.map((kernel) => ({ ...kernel, cubin: undefined, sha256: undefined }));
    });
}
