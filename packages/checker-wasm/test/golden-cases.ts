import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type {
  BatchedGemmOptions,
  CheckResult,
  Dim3,
  OptionName,
  SharedMemoryLayout,
} from '@gemm-preflight/types';

/** A configuration, and what the original launcher made of it: up to its first error. */
export interface GoldenCase {
  /** The configuration that this one is a variation of. */
  readonly near: string;
  readonly blackwell: boolean;
  readonly options: BatchedGemmOptions;
  readonly ok: boolean;
  /** The first error's rule. */
  readonly rule: string | null;
  /** The adjustments, in order, until the first error. */
  readonly adjusted: readonly string[];
  /** The options whose value differs afterwards. */
  readonly changed: Partial<BatchedGemmOptions>;
  /** Where nothing is wrong. */
  readonly smem?: SharedMemoryLayout;
  /** Where nothing is wrong, and the original launches it. */
  readonly grid?: Dim3;
}

/** The golden cases as they are stored. */
export const goldenJsonl = gunzipSync(
  readFileSync(new URL('./golden/checks.jsonl.gz', import.meta.url)),
).toString();

export const goldenCases: readonly GoldenCase[] = goldenJsonl
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

/** The target that a case was checked for. */
export function targetOf({ blackwell }: GoldenCase): 'b200' | 'h100' {
  return blackwell ? 'b200' : 'h100';
}

/** How the golden cases are checked: as the original did it. */
export const asTheOriginal = {
  ruleSet: 'trtllm-gen@2025-03',
  onlyRuleSet: true,
  stopAtFirst: true,
} as const;

/** Equal; floats to six digits, for the original holds them in 32 bits. */
function same(got: unknown, want: unknown): boolean {
  if (typeof got === 'number' && typeof want === 'number' && !Number.isInteger(want)) {
    return Math.abs(got - want) <= 1e-6 * Math.abs(want);
  }
  return JSON.stringify(got) === JSON.stringify(want);
}

/** Every way in which a result differs from what the original did. */
export function differences(golden: GoldenCase, result: CheckResult): readonly string[] {
  const found: string[] = [];
  const compare = (what: string, got: unknown, want: unknown) => {
    if (!same(got, want)) found.push(`${what} is ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
  };
  const rulesOf = (severity: string) =>
    result.diagnostics.filter((one) => one.severity === severity).map(({ rule }) => rule);

  compare('ok', result.ok, golden.ok);
  compare('errors', rulesOf('error'), golden.rule === null ? [] : [golden.rule]);
  compare('adjusted', rulesOf('adjusted'), golden.adjusted);
  const want: Partial<BatchedGemmOptions> = { ...golden.options, ...golden.changed };
  for (const name of new Set([...Object.keys(want), ...Object.keys(result.options)]) as Set<OptionName>) {
    compare(`options.${name}`, result.options[name], want[name]);
  }
  for (const [chunk, bytes] of Object.entries(golden.smem ?? {})) {
    compare(`sharedMemory.${chunk}`, result.sharedMemory?.[chunk as keyof SharedMemoryLayout], bytes);
  }
  if (golden.grid !== undefined) compare('launch.grid', result.launch?.grid, golden.grid);
  return found;
}
