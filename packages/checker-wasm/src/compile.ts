import { moduleBytes } from './module-bytes.js';

/**
 * Compiles checker.wasm.
 * @throws {Error} when a page's content security policy forbids it; the message says what to add
 */
export async function compile(): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(moduleBytes());
  } catch (error) {
    throw explained(error);
  }
}

/**
 * Compiles checker.wasm at once.
 * @throws {Error} when a page's content security policy forbids it; the message says what to add
 */
export function compileSync(): WebAssembly.Module {
  try {
    return new WebAssembly.Module(moduleBytes());
  } catch (error) {
    throw explained(error);
  }
}

/** Engines throw a CompileError or an EvalError here, and name the policy or its source 'unsafe-eval' in words of their own. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !/content security policy|\bCSP\b|unsafe-eval/i.test(error.message))
    return error;
  return new Error(
    "this page's content security policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src",
    { cause: error },
  );
}
