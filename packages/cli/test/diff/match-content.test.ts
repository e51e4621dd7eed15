import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/diff/entry.js';
import { matchByContent } from '../../src/diff/match-content.js';

const outcome = { ok: true, target: 'b200', ruleSet: 'trtllm-gen@2025-03', findings: [], adjusted: [] };
/** Entries without names, of one option each: `A` and `A` are equal, `A` and `a` are not. */
const entriesOf = (letters: readonly string[]): readonly Entry[] =>
  letters.map((letter, i) => {
    const given = { target: 'b200', tileM: letter };
    return { label: `${i}`, name: undefined, given, place: () => undefined, problem: undefined, outcome };
  });
const match = (before: readonly string[], after: readonly string[]) =>
  matchByContent(entriesOf(before), entriesOf(after)).map(
    ({ old, new: now }) => `${old?.given['tileM'] ?? ''}${old?.label ?? ''}→${now?.given['tileM'] ?? ''}`,
  );

describe('entries without names', () => {
  it.each([
    ['nothing changed', 'ABC', 'ABC', ['A0→A', 'B1→B', 'C2→C']],
    ['one is edited', 'ABC', 'AbC', ['A0→A', 'B1→b', 'C2→C']],
    ['all are edited', 'ABC', 'abc', ['A0→a', 'B1→b', 'C2→c']],
    ['the first is taken out', 'ABC', 'BC', ['B1→B', 'C2→C', 'A0→']],
    ['the first is taken out and the last is edited', 'ABC', 'Bc', ['B1→B', 'C2→c', 'A0→']],
    ['one is put in front', 'AB', 'XAB', ['→X', 'A0→A', 'B1→B']],
    ['the first is taken out and one is appended', 'ABC', 'BCX', ['B1→B', 'C2→C', '→X', 'A0→']],
    ['they change places', 'AB', 'BA', ['B1→B', 'A0→A']],
    ['an edit makes one equal to its neighbour', 'AB', 'BB', ['A0→B', 'B1→B']],
    ['there are several alike, of which one goes', 'AAB', 'AB', ['A0→A', 'B2→B', 'A1→']],
    ['there is nothing before', '', 'A', ['→A']],
    ['there is nothing after', 'A', '', ['A0→']],
  ])('are matched where %s', (_what, before, after, pairs) => {
    expect(match([...before], [...after])).toEqual(pairs);
  });

  it('are equal whatever the order of their options', () => {
    const [one] = entriesOf(['A']);
    const turned = one && { ...one, given: Object.fromEntries(Object.entries(one.given).reverse()) };
    const [other] = entriesOf(['B']);
    if (one === undefined || turned === undefined || other === undefined) throw new Error('no entries');
    expect(matchByContent([other, one], [turned])).toEqual([
      { old: one, new: turned },
      { old: other, new: undefined },
    ]);
  });

  it('are equal for one problem, and not for another', () => {
    const [one] = entriesOf(['A']);
    if (one === undefined) throw new Error('no entry');
    const up = { ...one, problem: 'up' };
    const down = { ...one, problem: 'down' };
    expect(matchByContent([up, down], [down, up])).toEqual([
      { old: down, new: down },
      { old: up, new: up },
    ]);
  });

  it('appear once each, those of the new side in its order; and as many equal ones are matched as there are', () => {
    const letters = fc.array(fc.constantFrom('A', 'B', 'C', 'D'), { maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (before, after) => {
        const old = entriesOf(before);
        const now = entriesOf(after);
        const pairs = matchByContent(old, now);
        expect(pairs.flatMap((pair) => pair.new ?? [])).toEqual(now);
        expect(pairs.flatMap((pair) => pair.old ?? []).toSorted((a, b) => +a.label - +b.label)).toEqual(old);
        for (const letter of 'ABCD') {
          const count = (list: readonly string[]) => list.filter((one) => one === letter).length;
          const kept = pairs.filter(
            (pair) => pair.old?.given['tileM'] === letter && pair.new?.given['tileM'] === letter,
          );
          expect(kept).toHaveLength(Math.min(count(before), count(after)));
        }
      }),
    );
  });

  it('are matched in a moment, however many were all edited', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `${i}`);
    const edited = many.map((letter) => `${letter}!`);
    const pairs = match(many, edited);
    expect([pairs.length, pairs.at(-1)]).toEqual([20_000, '1999919999→19999!']);
  });
});
