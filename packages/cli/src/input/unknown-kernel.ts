import { suggestion } from '@gemm-preflight/checker-wasm';
import { listOr } from './names.js';

/** Longer than any name of a kernel: no slip of one, and slow to compare. */
const longestName = 300;

/**
 * What to say of a kernel that no catalog has.
 * @param names those that the catalogs have
 * @param catalogs the catalogs' files; empty for the built-in ones
 */
export function unknownKernel(given: string, names: readonly string[], catalogs: readonly string[]): string {
  const where = catalogs.length === 0 ? 'the built-in catalogs' : catalogs.join(' and ');
  const list = ['preflight kernels', ...catalogs.map((file) => `--catalog ${file}`)].join(' ');
  const shown = given.length > longestName ? `${given.slice(0, longestName)}…` : given;
  return `there is no kernel "${shown}" in ${where}${nearKernels(given, names) || `; ${list} lists them`}`;
}

function nearKernels(given: string, names: readonly string[]): string {
  if (given.length > longestName) return '';
  const part = given.toLowerCase();
  const having = part.length > 2 ? names.filter((name) => name.toLowerCase().includes(part)) : [];
  const near = having.length > 0 ? having.slice(0, 3) : mostAlike(given, names);
  return near.length > 0 ? `; did you mean ${listOr(near)}?` : suggestion(given, names);
}

/**
 * The name that shares most parts with what was given, if that is at least half of them. Names of kernels list what they were
 * built for, parted by underscores, and are longer than what {@link suggestion} compares.
 */
function mostAlike(given: string, names: readonly string[]): readonly string[] {
  const parts = new Set(given.split('_'));
  const shareOf = (name: string): number => {
    const own = name.split('_');
    return own.filter((part) => parts.has(part)).length / own.length;
  };
  const [nearest] = names.toSorted((a, b) => shareOf(b) - shareOf(a));
  return nearest !== undefined && shareOf(nearest) >= 0.5 ? [nearest] : [];
}
