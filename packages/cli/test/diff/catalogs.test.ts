import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelInfo } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { problemExample } from '../support/configurations.js';
import { diff, diffOf, shown } from '../support/run-diff.js';
import { root, run } from '../support/run-main.js';
import { temporaryFile } from '../support/temporary.js';

const catalog = 'packages/kernels/catalog/preflight-sm90a.json';
const { kernels }: { kernels: readonly KernelInfo[] } = JSON.parse(readFileSync(join(root, catalog), 'utf8'));
const [first, second] = kernels;
if (first === undefined || second === undefined) throw new Error('two kernels are needed');

describe('diff of catalogs', () => {
  const diffKernels = (old: readonly KernelInfo[], now: readonly KernelInfo[], ...flags: readonly string[]) =>
    diffOf({ kernels: old }, { kernels: now }, ...flags);

  it('holds each kernel against a problem of its own tiles, and says so', async () => {
    const found = await diff([catalog, catalog]);
    expect(found).toMatchObject({
      code: 0,
      kind: 'catalog',
      heldAgainst: 'canonical',
      counts: { unchanged: kernels.length },
    });
    expect((await run(['diff', catalog, catalog])).stdout).toContain(
      'each kernel held against a problem of its own tiles; --problem FILE takes real ones\n',
    );
  });

  it('tells a kernel that cannot run any problem any more from one that is built otherwise', async () => {
    const deeper = { ...first, numStages: 20 };
    const rebuilt = { ...second, sha256: '0'.repeat(64) };
    const found = await diffKernels([first, second], [rebuilt, deeper]);
    expect(found).toMatchObject({ code: 1, matchedBy: 'name' });
    expect(shown(found)).toEqual([`regressed ${first.functionName}`, `rewritten ${second.functionName}`]);
    expect(found.changes[0].gained[0].rule).toBe('shared-memory-limit');
    expect(found.changes[0].new.place).toMatch(/new\.json:\d+$/);
    expect(found.changes[1].given[0].field).toBe('sha256');
  });

  it('refuses a kernel whose compiled options the check adjusts, as plan does', async () => {
    const { changes } = await diffKernels([second], [{ ...second, epilogueTileN: 8 }]);
    expect(changes[0]).toMatchObject({
      status: 'regressed',
      gained: [
        {
          rule: 'kernel-not-as-compiled',
          message: 'compiled with epilogueTileN 8, where the checked options have 16',
        },
      ],
    });
  });

  it('matches by content where a name is there twice', async () => {
    const found = await diffKernels([first, first], [first, second]);
    expect(found).toMatchObject({ matchedBy: 'content', counts: { unchanged: 1, rewritten: 1 } });
    expect(found.because).toMatch(/old\.json has "preflight_\S+" twice$/);
  });

  it('--target leaves kernels for other GPUs out, and says how many', async () => {
    const published = 'packages/kernels/catalog/trtllm-gen-2025.json';
    const found = await diff([published, catalog, '--target', 'h100']);
    expect([found.old.leftOut, found.new.leftOut, found.counts.added]).toEqual([5, 0, kernels.length]);
    expect((await run(['diff', published, catalog, '--target', 'h100'])).stdout).toContain(
      `5 kernels of ${published} left out, built for other GPUs\n`,
    );
  });

  it('--problem takes the problems of a file, and counts the kernels that fit each', async () => {
    const found = await diffKernels(kernels, kernels.slice(1), '--problem', problemExample);
    expect(found).toMatchObject({
      code: 0,
      heldAgainst: problemExample,
      counts: { removed: 2, unchanged: 2 * (kernels.length - 1) },
    });
    const [upProjection, downProjection] = found.problems;
    expect(upProjection).toMatchObject({ problem: 'gate and up projection', new: upProjection.old - 1 });
    expect(downProjection).toEqual({ ...upProjection, problem: 'down projection' });
    // The first one of the catalog is among them, and most are for other types.
    expect(upProjection.old).toBeGreaterThan(1);
    expect(upProjection.old).toBeLessThan(kernels.length / 2);
    expect(shown(found)).toContain(`removed ${first.functionName} for down projection`);
  });

  it('--problem says of a kernel that it computes something else', async () => {
    const { changes } = await diffKernels(
      [first],
      [{ ...first, dtypeC: 'Fp16' }],
      '--problem',
      problemExample,
    );
    expect(changes[0].gained).toEqual([
      {
        rule: 'kernel-mismatch',
        severity: 'error',
        message: 'writes Fp16, where the problem wants Bfloat16',
      },
    ]);
  });

  it('has exit code 1 where a problem has no kernel left, though each that went was only removed', async () => {
    const old = temporaryFile('all.json', { kernels });
    const none = temporaryFile('none.json', { kernels: [] });
    expect((await diff([old, none])).code).toBe(0);
    const { code, stdout } = await run(['diff', old, none, '--problem', problemExample]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ down projection: \d+ kernels fitted, 0 fit now\n/);
  });

  it('reads a catalog from the standard input', async () => {
    const found = await diff(['-', catalog], { stdin: JSON.stringify({ kernels }) });
    expect(found).toMatchObject({ code: 0, kind: 'catalog', counts: { unchanged: kernels.length } });
  });
});
