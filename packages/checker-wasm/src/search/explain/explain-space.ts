import type { BatchedGemmOptions, Target } from '@gemm-preflight/types';
import { applyFixes } from '../../apply-fixes.js';
import type { Checker } from '../../checker.js';
import { ruleSetNamed } from '../../rule-sets.js';
import type { ReadSpace } from '../space.js';
import { type ExplainSettings, explanationOf, type SearchExplanation } from './explanation.js';
import { validFinder } from './find-valid.js';
import { type NearestValid, nearestValid } from './nearest.js';
import { findObstacles, mostFrequent } from './obstacles.js';
import { allRefused, type Look, mildestFirst, type Refusal } from './refusal.js';
import { around, mostTogether, sampleOf, withEachValue } from './sample.js';
import { suggestionsFor } from './suggestions.js';

/**
 * Says why a space has no valid configuration. First comes the smallest change that would leave one: the configurations around it
 * are almost valid, and so what refuses them is what is in the way.
 * @returns undefined when a valid configuration is found
 */
export function explainSpace(
  checker: Checker,
  space: ReadSpace,
  target: Target,
  settings: ExplainSettings,
): SearchExplanation | undefined {
  const look: Look = (options) => {
    const { ok, diagnostics } = checker.check(options, target, settings);
    return ok ? undefined : { options, errors: diagnostics.filter(({ severity }) => severity === 'error') };
  };
  const sample = sampleOf(space, look);
  const mildest = mildestFirst(sample ?? []);
  if (sample === undefined || mildest[0] === undefined) return undefined;

  // Where fixes of fixes lead is seen from a few.
  const fixed = mildest
    .slice(0, mostTogether(space) / 32)
    .map(({ options }) => applyFixes(checker, options, target, { ...settings, fixProblem: true }));
  const reached = fixed.filter(({ result }) => result.ok).map(({ options }) => options);
  const findValid = validFinder(checker, target, settings, reached);
  if (findValid(space) !== undefined) return undefined;
  const nearest = nearestValid(space, suggestionsFor(space, mildest, reached), findValid);

  const close = nearest === undefined ? mildest[0].options : unchanged(nearest);
  const closeBy = allRefused(around(space, close), look);
  if (closeBy === undefined) return undefined;
  const lookedAt = [...closeBy, ...sample];
  const mended = nearest === undefined ? [] : mendedBy(nearest, space, look);
  const required = mended.flatMap((refusals) => mostFrequent(refusals, lookedAt) ?? []);
  const ruleSet = ruleSetNamed(settings.ruleSet);
  const obstacles = findObstacles(space, lookedAt, close, [...new Set(required)], ruleSet, look);
  return obstacles && explanationOf(space, obstacles, nearest, [...mended.flat(), ...lookedAt]);
}

/** The configuration of the space that the nearest valid one was made of. */
function unchanged({ options, changes }: NearestValid): BatchedGemmOptions {
  return { ...options, ...Object.fromEntries(changes.map(({ field, from }) => [field, from])) };
}

/** For each of the nearest changes, what refuses the configurations that have all of them but that one. */
function mendedBy(
  { options, changes }: NearestValid,
  space: ReadSpace,
  look: Look,
): readonly (readonly Refusal[])[] {
  return changes.map(({ field }) =>
    withEachValue(space, options, field).flatMap((without) => look(without) ?? []),
  );
}
