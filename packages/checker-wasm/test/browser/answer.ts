import { checkMany, createChecker, moduleBytes, packOptions } from '@gemm-preflight/checker-wasm';
import type { GoldenCase } from '../golden-cases.js';

/** What one place makes of the golden cases. */
export interface Answers {
  /** SHA-256 of the module's bytes, in hex. */
  readonly sha256: string;
  /** Each case checked as the original did it, and as users do: the results as JSON. */
  readonly asTheOriginal: readonly string[];
  readonly whole: readonly string[];
  /** The first errors of the cases that are for Blackwell, checked packed. */
  readonly packed: readonly number[];
}

/** Checks the golden cases with the bundled checker. Runs in pages, in workers and, for comparison, in Node. */
export async function answer(cases: readonly GoldenCase[]): Promise<Answers> {
  const digest = await crypto.subtle.digest('SHA-256', moduleBytes());
  const checker = await createChecker();
  const targetOf = ({ blackwell }: GoldenCase) => (blackwell ? 'b200' : 'h100');
  const original = { ruleSet: 'trtllm-gen@2025-03', onlyRuleSet: true, stopAtFirst: true } as const;
  const blackwell = cases.filter((golden) => golden.blackwell).map(({ options }) => options);
  return {
    sha256: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    asTheOriginal: cases.map((golden) =>
      JSON.stringify(checker.check(golden.options, targetOf(golden), original)),
    ),
    whole: cases.map((golden) => JSON.stringify(checker.check(golden.options, targetOf(golden)))),
    packed: Array.from(checkMany(checker, packOptions(blackwell), 'b200').firstErrors),
  };
}
