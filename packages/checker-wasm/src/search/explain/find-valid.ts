import type { BatchedGemmOptions, OptionName, Target } from '@gemm-preflight/types';
import type { Checker } from '../../checker.js';
import { type ReadSpace, valuesIn } from '../space.js';
import { SpaceWalk } from '../walk.js';
import type { ExplainSettings } from './explanation.js';
import type { FindValid } from './nearest.js';
import { isSame } from './suggestions.js';

/** Parts of a space that are walked, each for so many nodes: a tenth of a second in all. */
const numParts = 32;
const nodesOfPart = 100_000;

/**
 * Finds a valid configuration of a space among those that are known, or by walking the space for a tenth of a second; undefined
 * where it finds none.
 */
export function validFinder(
  checker: Pick<Checker, 'module'>,
  target: Target,
  settings: ExplainSettings,
  known: readonly BatchedGemmOptions[],
): FindValid {
  return (space) => known.find((options) => isIn(space, options)) ?? walkTo(checker, space, target, settings);
}

function isIn(space: ReadSpace, options: BatchedGemmOptions): boolean {
  const { first } = space;
  const names = Object.keys(first) as OptionName[];
  return names.every((name) => valuesIn(space, name).some((value) => isSame(value, options[name])));
}

function walkTo(
  checker: Pick<Checker, 'module'>,
  space: ReadSpace,
  target: Target,
  settings: ExplainSettings,
): BatchedGemmOptions | undefined {
  if (space.total > Number.MAX_SAFE_INTEGER) return undefined;
  const walk = new SpaceWalk(checker, space, target, settings);
  const cut = (part: number) => Math.floor((space.total / numParts) * part);
  for (let part = 0; part < numParts; part++) {
    const [found] = walk.step(cut(part), cut(part + 1), 1, nodesOfPart).found;
    if (found !== undefined) return found;
  }
  return undefined;
}
