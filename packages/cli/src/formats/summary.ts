import type { Tally } from '../check/tally.js';
import { grouped } from './pretty/numbers.js';

/** A number and its noun: `1 case`, `3 cases`. */
export function count(number: number, one: string, several = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : several}`;
}

/** The outcome of a run in a line. */
export function summarize({ cases, passed, failed, diagnostics }: Tally): string {
  const verdict = [passed > 0 && `${passed} can run`, failed > 0 && `${failed} cannot`]
    .filter(Boolean)
    .join(', ');
  const found = [
    diagnostics.error > 0 && count(diagnostics.error, 'error'),
    diagnostics.adjusted > 0 && count(diagnostics.adjusted, 'adjustment'),
    diagnostics.note > 0 && count(diagnostics.note, 'note'),
  ].filter(Boolean);
  return `${count(cases, 'case')}${verdict && `: ${verdict}`}${found.length > 0 ? ` (${found.join(', ')})` : ''}`;
}
