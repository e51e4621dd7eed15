import type { Import } from '../import/import-kernels.js';
import type { WrittenImport } from '../import/write-catalog.js';

/** What an import came to, as JSON. */
export function importJson({ kernels, leftOut }: Import, { catalog, incomplete }: WrittenImport): string {
  const document = {
    catalog: catalog ?? null,
    incomplete: incomplete ?? null,
    kernels: kernels.map(({ functionName, source, entry, problems }) => ({
      functionName,
      source,
      imported: problems.length === 0,
      sha256: entry.sha256,
      problems,
    })),
    leftOut: leftOut.map(({ source, reason }) => ({ source, reason })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
