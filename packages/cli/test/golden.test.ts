import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { runBin } from './support/run-bin.js';

interface GoldenCase {
  readonly blackwell: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  readonly ok: boolean;
  readonly rule: string | null;
  readonly adjusted: readonly string[];
  readonly changed: Readonly<Record<string, unknown>>;
  readonly smem?: Readonly<Record<string, number>>;
  readonly grid?: Readonly<Record<string, number>>;
}

interface Result {
  readonly ok: boolean;
  readonly diagnostics: readonly { readonly rule: string; readonly severity: string }[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly sharedMemory: Readonly<Record<string, number>> | null;
  readonly launch: { readonly grid: Readonly<Record<string, number>> } | null;
}

const golden = new URL('../../checker-wasm/test/golden/checks.jsonl.gz', import.meta.url);
const cases = gunzipSync(readFileSync(golden))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as GoldenCase);

/** What the golden cases say of a result; tolerances, which are float32 there, to six digits. */
function verdictOf({ ok, diagnostics, options, sharedMemory, launch }: Result, { smem, grid }: GoldenCase) {
  return {
    ok,
    rule: diagnostics.find(({ severity }) => severity === 'error')?.rule ?? null,
    adjusted: diagnostics.filter(({ severity }) => severity === 'adjusted').map(({ rule }) => rule),
    options: rounded(options),
    ...(ok && smem && { smem: sharedMemory }),
    ...(ok && grid && { grid: launch?.grid }),
  };
}

function expected({ ok, rule, adjusted, options, changed, smem, grid }: GoldenCase) {
  const after = rounded({ ...options, ...changed });
  return { ok, rule, adjusted, options: after, ...(ok && smem && { smem }), ...(ok && grid && { grid }) };
}

function rounded(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(options);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'number' ? Number(value.toPrecision(6)) : value]),
  );
}

describe('the installed command', () => {
  it('decides all golden cases as the original launcher did', () => {
    const input = cases.map(({ blackwell, options }) =>
      JSON.stringify({ target: blackwell ? 'b200' : 'h100', options }),
    );
    const { code, stdout, stderr } = runBin(
      [
        'check',
        '-',
        '--format',
        'jsonl',
        '--rules',
        'trtllm-gen@2025-03',
        '--only-rule-set',
        '--stop-at-first',
      ],
      { input: `${input.join('\n')}\n` },
    );
    expect(stderr).toBe('');
    expect(code).toBe(1);
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Result);
    expect(results).toHaveLength(3415);
    for (const [i, golden] of cases.entries()) {
      const result = results[i];
      if (result === undefined) throw new Error(`no result for case ${i}`);
      expect(verdictOf(result, golden), `case ${i}`).toEqual(expected(golden));
    }
  }, 60_000);
});
