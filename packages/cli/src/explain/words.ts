import type { Diagnostic } from '@gemm-preflight/types';
import { type ExampleCase, kernelDifferences, type Remedy, type RuleExample } from './example.js';

/** What to do about a finding, in a sentence or two. */
export function describeRemedy(remedy: Remedy): string {
  switch (remedy.kind) {
    case 'none':
      return remedy.why === undefined
        ? 'None is offered; the right configuration shows a way out.'
        : `None is offered, for ${remedy.why}.`;
    case 'rewritten':
      return `None is needed: the check goes on with what it wrote. ${describeSilence(remedy)}`;
    case 'fixes': {
      const offered = remedy.fixes.map(({ title }) => title).join(', or ');
      return `${capitalized(offered)}. ${describeWriting(remedy)}`;
    }
  }
}

function describeSilence({ silences }: Extract<Remedy, { kind: 'rewritten' }>): string {
  return silences
    ? 'Write the same into the options, and the rule is silent.'
    : 'The rule speaks of every such configuration, even where nothing is left to rewrite.';
}

/** Which of the fixes a command writes into the file. */
export function describeWriting({ fixes, written }: Extract<Remedy, { kind: 'fixes' }>): string {
  if (written === undefined)
    return 'preflight check --fix leaves it to you, for alone it leaves as many errors as there were.';
  const { flag, fix } = written;
  const which =
    fixes.length === 1 ? 'it' : fix.title === fixes[0]?.title ? 'the first' : `this one: ${fix.title}`;
  const why = flag === '--fix-problem' ? ', and with it changes the problem' : '';
  return `preflight check FILE ${flag} writes ${which}${why}.`;
}

/** What the right configuration changes in the wrong one: `k 1000 → 1024`. */
export function describeMended({ wrong, right, mended }: RuleExample): string {
  const target = wrong.target === right.target ? [] : [`target ${wrong.target} → ${right.target}`];
  const options = mended.map(({ field, from, to }) => `${field} ${showValue(from)} → ${showValue(to)}`);
  const facts = (given: ExampleCase) => Object.entries(given.kernel ?? {});
  const kernel = facts(right).flatMap(([name, to], i) => {
    const [, from] = facts(wrong)[i] ?? [];
    return from === to ? [] : [`${name} of the kernel ${from} → ${to}`];
  });
  return [...target, ...options, ...kernel].join(', ');
}

/** How a configuration differs from the sound one: `k 1000, tileK 64`, or its kernel from the sound one. */
export function describeChanged(given: ExampleCase): string {
  const options = given.changes.map(({ field, to }) => `${field} ${showValue(to)}`);
  const kernel = kernelDifferences(given).map((fact) => `a kernel of ${fact}`);
  return [...options, ...kernel].join(', ');
}

/** That the right configuration can run, and which other rules still speak of it: `split-k-mode (note)`. */
export function describeOthers(others: readonly Diagnostic[]): string {
  if (others.length === 0) return 'It can run.';
  const list = others.map(({ rule, severity }) => `${rule} (${severity})`).join(' and ');
  return `It can run, and ${list} still ${others.length === 1 ? 'speaks' : 'speak'} of it.`;
}

/** A value as it stands in running text; of long lists the beginning. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'not given';
  if (!Array.isArray(value)) return showElement(value);
  return value.length > 8
    ? `[${value.slice(0, 3).map(showElement).join(', ')}, … ${value.length} in all]`
    : `[${value.map(showElement).join(', ')}]`;
}

/** What a file holds in the place of a number may be anything. */
function showElement(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A text that starts a sentence or a line. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
