import { describe, expect, it } from 'vitest';
import { compareEntries } from '../../src/diff/compare.js';
import type { Entry, Finding } from '../../src/diff/entry.js';
import { matchEntries } from '../../src/diff/match.js';

describe('matching', () => {
  const outcome = { ok: true, target: 'b200', ruleSet: 'trtllm-gen@2025-03', findings: [], adjusted: [] };
  const side = (file: string, ...names: readonly (string | undefined)[]) => ({
    file,
    many: true,
    entries: names.map((name, i): Entry => {
      return { label: `${i + 1}`, name, given: {}, place: () => undefined, problem: undefined, outcome };
    }),
  });
  const pairsOf = (...sides: Parameters<typeof matchEntries>) =>
    matchEntries(...sides).pairs.map(({ old, new: now }) => [old?.label, now?.label]);

  it('is by name where all have one of their own, in the order of the new side', () => {
    const sides = [side('old', 'a', 'b', 'c'), side('new', 'c', 'd', 'a')] as const;
    expect(matchEntries(...sides)).toMatchObject({ by: 'name', because: undefined });
    expect(pairsOf(...sides)).toEqual([
      ['3', '1'],
      [undefined, '2'],
      ['1', '3'],
      ['2', undefined],
    ]);
  });

  it.each([
    ['both are the same file', side('x', 'a', 'b'), side('x', 'a', 'b'), 'it is the same file'],
    [
      'there is one each',
      { ...side('old', 'a'), many: false },
      { ...side('new', 'b'), many: false },
      'there is one on each side',
    ],
  ])('is by position where %s', (_what, old, now, because) => {
    expect(matchEntries(old, now)).toMatchObject({ by: 'position', because });
    expect(pairsOf(old, now)).toEqual(old.entries.map((_, i) => [`${i + 1}`, `${i + 1}`]));
  });

  it.each([
    ['one has none', side('old', 'a', undefined), side('new', 'a'), 'entry 2 of old has no name'],
    ['two have the same', side('old', 'a'), side('new', 'b', 'b'), 'new has "b" twice'],
  ])('is by content where %s', (_what, old, now, because) => {
    expect(matchEntries(old, now)).toMatchObject({ by: 'content', because });
  });

  it('leaves a note alone whose numbers another field tells', () => {
    const note = (message: string): Finding => ({ rule: 'num-batches', severity: 'note', message });
    const entry = (message: string): Entry => ({
      ...(side('x', 'a').entries[0] as Entry),
      outcome: { ...outcome, findings: [note(message)] },
    });
    expect(compareEntries({ old: entry('8 → 4'), new: entry('9 → 4') }).status).toBe('unchanged');
  });
});
