import type {
  BatchedGemmOptions,
  CheckResult,
  Diagnostic,
  OptionChange,
  Target,
  TargetName,
} from '@gemm-preflight/types';
import { applyFixes } from '../apply-fixes.js';
import type { Checker, CheckSettings } from '../checker.js';
import { configurationAt, type ReadSpace } from './space.js';

/** One of the rules that together refuse every configuration of a space. */
export interface SearchObstacle {
  readonly rule: string;
  /** What the rule says of the configuration with the fewest errors of those that it refuses. */
  readonly message: string;
  /** Configurations that it refuses, of those looked at. */
  readonly refuses: number;
}

/** Why a space has no valid configuration. */
export interface SearchExplanation {
  /** In one sentence, with the nearest change that helps. */
  readonly message: string;
  /** The rules that refuse everything together, and of which none can be left out; the one that refuses most first. */
  readonly obstacles: readonly SearchObstacle[];
  /** The configuration with the fewest errors, and what would make it valid, where fixes do. */
  readonly nearest: {
    readonly options: BatchedGemmOptions;
    readonly diagnostics: readonly Diagnostic[];
    readonly changes: readonly OptionChange[] | undefined;
  };
  /** How many configurations were looked at: all of a small space, else ones spread over it. */
  readonly lookedAt: number;
}

const mostToLookAt = 2048;

/** Positions spread over a space so that no axis's period hides anything: all of a small one. */
function positions(total: number): readonly number[] {
  if (total <= mostToLookAt) return Array.from({ length: total }, (_, i) => i);
  const golden = (Math.sqrt(5) - 1) / 2;
  return Array.from({ length: mostToLookAt }, (_, i) => Math.floor(((i * golden) % 1) * total));
}

interface Refusal {
  readonly options: BatchedGemmOptions;
  readonly errors: readonly Diagnostic[];
}

const errorsOf = ({ diagnostics }: CheckResult) => diagnostics.filter(({ severity }) => severity === 'error');

/** Rules that together refuse everything: the most frequent first, and then without those that the others make needless. */
function irreducible(refusals: readonly Refusal[]): readonly string[] {
  const chosen: string[] = [];
  let left = refusals;
  while (left.length > 0) {
    const counts = new Map<string, number>();
    for (const { errors } of left) {
      for (const rule of new Set(errors.map(({ rule }) => rule)))
        counts.set(rule, (counts.get(rule) ?? 0) + 1);
    }
    const [most] = [...counts].sort(([, a], [, b]) => b - a);
    if (most === undefined) break;
    chosen.push(most[0]);
    left = left.filter(({ errors }) => !errors.some(({ rule }) => rule === most[0]));
  }
  const covers = (rules: readonly string[]) =>
    refusals.every(({ errors }) => errors.some(({ rule }) => rules.includes(rule)));
  return chosen.reduceRight<readonly string[]>((kept, rule) => {
    const without = kept.filter((other) => other !== rule);
    return without.length > 0 && covers(without) ? without : kept;
  }, chosen);
}

/** The explanation in one sentence. */
function sentence(
  obstacles: readonly SearchObstacle[],
  changes: readonly OptionChange[] | undefined,
): string {
  const because = obstacles.map(({ message }) => message).join('; or ');
  const nearest = changes?.map(({ field, to }) => `${field} ${JSON.stringify(to)}`).join(', ');
  return `no configuration is valid because ${because}${nearest ? `; nearest: ${nearest}` : ''}`;
}

/**
 * Says why a space has no valid configuration: from all of a space of up to 2,048, else from as many spread over it.
 * @returns undefined when one of those looked at is valid
 */
export function explainSpace(
  checker: Checker,
  space: ReadSpace,
  target: Target | TargetName,
  settings: Omit<CheckSettings, 'stopAtFirst'> = {},
): SearchExplanation | undefined {
  const refusals: Refusal[] = [];
  for (const position of positions(space.total)) {
    const options = configurationAt(space, position);
    const result = checker.check(options, target, settings);
    if (result.ok) return undefined;
    refusals.push({ options, errors: errorsOf(result) });
  }
  const byErrors = [...refusals].sort((a, b) => a.errors.length - b.errors.length);
  const [nearest] = byErrors;
  if (nearest === undefined) return undefined;
  const obstacles = irreducible(refusals).map((rule) => {
    const refused = byErrors.filter(({ errors }) => errors.some((error) => error.rule === rule));
    const message = refused[0]?.errors.find((error) => error.rule === rule)?.message ?? '';
    return { rule, message, refuses: refused.length };
  });
  const fixed = applyFixes(checker, nearest.options, target, { ...settings, fixProblem: true });
  const changes = fixed.result.ok ? fixed.applied.flatMap((fix) => fix.changes) : undefined;
  return {
    message: sentence(obstacles, changes),
    obstacles,
    nearest: { options: nearest.options, diagnostics: nearest.errors, changes },
    lookedAt: refusals.length,
  };
}
