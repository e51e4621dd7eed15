import type { Diagnostic } from '@gemm-preflight/types';
import type { CheckSettings } from '../../checker.js';
import type { ReadSpace } from '../space.js';
import { claimOf } from './claim.js';
import type { NearestValid } from './nearest.js';
import type { Obstacles } from './obstacles.js';
import type { Refusal } from './refusal.js';

/** One of the rules that together refuse every configuration of a space. */
export interface SearchObstacle {
  readonly rule: string;
  /** What the rule says of all that it refuses. */
  readonly message: string;
  /** How many configurations it refuses, of those looked at. */
  readonly refuses: number;
}

/** Why a space has no valid configuration. */
export interface SearchExplanation {
  /** In one sentence, with the nearest change that helps. */
  readonly message: string;
  /**
   * The rules that refuse everything together. Each is needed: without it, something would not be refused, or what the nearest
   * change mends would go unsaid.
   */
  readonly obstacles: readonly SearchObstacle[];
  /** The smallest change that leaves something valid, of those that rules suggest; absent where none was found. */
  readonly nearest?: NearestValid;
  /**
   * Of how many configurations the explanation is known to be true: of all in the space, or of some thousands where what the
   * obstacles depend on has more combinations.
   */
  readonly lookedAt: number;
}

/** What an explanation needs to know of a check. */
export type ExplainSettings = Omit<CheckSettings, 'stopAtFirst'>;

/**
 * Puts obstacles and the nearest change into words.
 * @param others more refusals, to quote rules from that are silent where another has said the same
 */
export function explanationOf(
  { total }: ReadSpace,
  { rules, refusals, each }: Obstacles,
  nearest: NearestValid | undefined,
  others: readonly Refusal[],
): SearchExplanation {
  const lookedAt = each === undefined ? refusals.length : total;
  const obstacles = rules.map((rule): SearchObstacle => {
    const errors = errorsOf(rule, refusals);
    const message = claimOf(errors.length > 0 ? errors : errorsOf(rule, others));
    return { rule, message, refuses: errors.length * (each ?? 1) };
  });
  const together = obstacles.every(({ refuses }) => refuses === lookedAt || refuses === 0);
  const because = obstacles.map(({ message }) => message).join(together ? '; and ' : '; or ');
  const changes = nearest?.changes.map(({ field, to }) => `${field} ${JSON.stringify(to)}`).join(', ');
  const message =
    (lookedAt === total
      ? `no configuration is valid because ${because}`
      : `no configuration is valid: in the ${lookedAt.toLocaleString('en-US')} looked at, ${because}`) +
    (changes === undefined ? '' : `; nearest: ${changes}`);
  return { message, obstacles, ...(nearest && { nearest }), lookedAt };
}

function errorsOf(rule: string, refusals: readonly Refusal[]): readonly Diagnostic[] {
  return refusals.flatMap(({ errors }) => errors.find((error) => error.rule === rule) ?? []);
}
