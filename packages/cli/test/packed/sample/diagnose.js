import { createChecker } from '@gemm-preflight/checker-wasm';
import { options } from './options.js';

/** What a check of broken options says first, in a line; or why there is none. */
export async function diagnose() {
  try {
    const checker = await createChecker();
    const { rule, message } = checker.check({ ...options, k: 2000 }, 'b200').diagnostics[0];
    return `${rule}: ${message}`;
  } catch (error) {
    return `${error}`;
  }
}
