import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions, CheckResult } from '@gemm-preflight/types';

declare const options: BatchedGemmOptions;
const { ok, sharedMemory }: CheckResult = createCheckerSync().check(options, 'b200');
export const answer: readonly [boolean, number | undefined] = [ok, sharedMemory?.total];

// @ts-expect-error: no such target, which any would take
createCheckerSync().check(options, 'b2oo');
// @ts-expect-error: a number of bytes, which any would take for text
export const text: string | undefined = sharedMemory?.total;
// @ts-expect-error: options are read only
options.k = 2048;
