import type { Diagnostic } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { violations } from '../../src/explain/violations.js';
import { compiledFrom } from '../support/kernels.js';
import { run } from '../support/run-main.js';
import { temporaryFile } from '../support/temporary.js';

/** The rules whose page shows a kernel. */
const kernelRules = Object.keys(violations).filter((name) => violations[name]?.kernel !== undefined);

/** The example of a rule as `explain` prints it. */
async function exampleOf(rule: string) {
  return JSON.parse((await run(['explain', rule, '--format', 'json'])).stdout).example;
}

/** Checks an example's options against its kernel, which a catalog has that was compiled with these options. */
async function check({ target, options, kernel }: Awaited<ReturnType<typeof exampleOf>>['wrong']) {
  const catalog = temporaryFile('catalog.json', { kernels: [compiledFrom('example', options, kernel)] });
  const file = temporaryFile('example.json', { target, kernel: 'example', options });
  const { code, stdout } = await run(['check', file, '--catalog', catalog, '--format', 'json']);
  const { diagnostics }: { readonly diagnostics: readonly Diagnostic[] } = JSON.parse(stdout);
  return { code, diagnostics };
}

describe('rules about kernels', () => {
  it('are four', () => {
    expect(kernelRules.sort()).toEqual([
      'kernel-arch',
      'kernel-shared-memory',
      'parameter-block-size',
      'threads-per-cta',
    ]);
  });

  it.each(kernelRules)(
    '%s: preflight check finds what its page shows, in a kernel of a catalog',
    async (rule) => {
      const { wrong, diagnostic } = await exampleOf(rule);
      const { code, diagnostics } = await check(wrong);
      expect([code, diagnostics]).toEqual([1, [diagnostic]]);
    },
  );

  it.each(kernelRules)('%s: preflight check finds nothing in what its page shows as right', async (rule) => {
    const { right } = await exampleOf(rule);
    expect(await check(right)).toEqual({ code: 0, diagnostics: [] });
  });

  it.each(kernelRules)('%s is silent where no kernel is named', async (rule) => {
    const { wrong } = await exampleOf(rule);
    const file = temporaryFile('bare.json', { target: wrong.target, options: wrong.options });
    expect((await run(['check', file])).code).toBe(0);
  });
});
