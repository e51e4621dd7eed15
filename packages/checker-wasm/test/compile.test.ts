import { createChecker, createCheckerSync, packOptions } from '@gemm-preflight/checker-wasm';
import { afterEach, describe, expect, it, vi } from 'vitest';

// What the engines say when a page's content security policy forbids WebAssembly; test/packed/ sees it in Chromium.

const advice =
  "this page's content security policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src";

function refuseWith(error: Error): void {
  vi.spyOn(WebAssembly, 'compile').mockRejectedValue(error);
  class Refused {
    constructor() {
      throw error;
    }
  }
  vi.spyOn(WebAssembly, 'Module').mockImplementation(Refused);
}

describe('a content security policy that forbids WebAssembly', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    [
      'Chromium',
      new WebAssembly.CompileError(
        "WebAssembly.compile(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because neither 'wasm-unsafe-eval' nor 'unsafe-eval' is an allowed source of script",
      ),
    ],
    ['Firefox', new WebAssembly.CompileError('call to WebAssembly.compile() blocked by CSP')],
    [
      'Safari',
      new EvalError(
        "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script",
      ),
    ],
  ])('is named with what to add: %s', async (_engine, error) => {
    refuseWith(error);
    await expect(createChecker()).rejects.toThrow(advice);
    expect(() => createCheckerSync()).toThrow(advice);
    expect(() => packOptions([])).toThrow(advice);
    await expect(createChecker()).rejects.toMatchObject({ cause: error });
  });

  it('is not blamed for what it did not do', async () => {
    const error = new WebAssembly.CompileError('WebAssembly.compile(): invalid opcode 0xfc @+7');
    refuseWith(error);
    await expect(createChecker()).rejects.toBe(error);
    expect(() => createCheckerSync()).toThrow(error);
  });
});
