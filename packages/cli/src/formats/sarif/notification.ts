import { describeChanges } from '@gemm-preflight/types';
import type { Notification } from 'sarif';
import type { CheckedCase } from '../../check/check-case.js';
import { locationOf } from './location.js';

/**
 * What --fix has changed in a case. SARIF's `fixes` are proposals, and a result is something to look into; what a tool has
 * done itself is a notification of its run (SARIF 2.1.0, 3.20.21 and 3.58).
 * @param ruleIndex the position in the log of the rule whose error the fix removed
 */
export function fixNotification(
  { rule, changes }: CheckedCase['fixed'][number],
  ruleIndex: number,
  { case: given, target }: CheckedCase,
  cwd: string,
): Notification {
  const present = changes.find(({ field }) => given.place.regionOf(field) !== undefined);
  return {
    level: 'note',
    message: { text: `${given.label}: fixed ${rule}: ${describeChanges(changes)}` },
    associatedRule: { id: rule, index: ruleIndex },
    locations: [locationOf(present?.field, given, cwd)],
    properties: { case: given.label, target: target.name, changes },
  };
}
