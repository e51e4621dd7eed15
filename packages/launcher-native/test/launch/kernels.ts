import { readFileSync } from 'node:fs';
import type { KernelCatalog, KernelInfo } from '@gemm-preflight/types';

// The kernels of the package `kernels`, read by path: this package must not depend on it.

const folder = new URL('../../../kernels/catalog/', import.meta.url);

/** The kernels of a catalog. */
export function catalog(name: 'preflight-sm90a' | 'trtllm-gen-2025'): readonly KernelInfo[] {
  const text = readFileSync(new URL(`${name}.json`, folder), 'utf8');
  return (JSON.parse(text) as KernelCatalog).kernels;
}

/** Our own kernels for Hopper with a CTA for each tile: per-tensor FP8, tiles of 128 × 8, 16, 32 and 64 tokens. */
export const ours = catalog('preflight-sm90a').filter(({ ruleSet }) => ruleSet === 'trtllm-gen@2025-03');

/** The one with tiles of so many tokens. */
export function kernelWithTile(tileN: number): KernelInfo {
  const found = ours.find((kernel) => kernel.tileN === tileN);
  if (found === undefined) throw new Error(`no kernel has tiles of ${tileN} tokens`);
  return found;
}

/** A kernel's cubin. */
export function cubinOf({ cubin, functionName }: KernelInfo): Uint8Array {
  if (cubin === undefined) throw new Error(`${functionName} has no cubin`);
  return new Uint8Array(readFileSync(new URL(cubin, folder)));
}
