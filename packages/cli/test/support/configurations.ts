import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchedGemmOptions } from '@gemm-preflight/types';
import { root } from './run-main.js';

/** The examples of the repository that are cases to check, from its root. */
export const soundExample = 'examples/check-b200-moe.json';
export const brokenExample = 'examples/broken.json';
export const problemExample = 'examples/qwen3-30b-a3b-moe.json';

/** Options that a B200 can run. */
export const sound: BatchedGemmOptions = (
  JSON.parse(readFileSync(join(root, soundExample), 'utf8')) as { readonly options: BatchedGemmOptions }
).options;

/** Options with one error: tileK does not divide k. */
export const unsound: BatchedGemmOptions = { ...sound, k: 2000 };

/** The rules of the diagnostics of a result, as `severity rule`. */
export function found(result: {
  readonly diagnostics: readonly { severity: string; rule: string }[];
}): readonly string[] {
  return result.diagnostics.map(({ severity, rule }) => `${severity} ${rule}`);
}
