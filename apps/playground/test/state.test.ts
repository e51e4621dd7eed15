import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueText } from '../src/compare/values.js';
import { advance, beginHistory } from '../src/state/history.js';
import { decodeLink, encodeLink } from '../src/state/link.js';
import { asOptions, firstOptions, withChanges } from '../src/state/options.js';
import { firstState, type PageState, readState } from '../src/state/state.js';

describe('a link', () => {
  it('holds the whole state', async () => {
    const state: PageState = {
      ...firstState,
      options: { ...firstOptions, tileM: '64 or so', atol: 0.25, batchedN: [1, 2, 3] },
      target: 'h100',
      pinned: [{ label: 'A', options: firstOptions, target: 'b200', ruleSet: firstState.ruleSet }],
      view: 'compare',
      kernels: { filter: 'e4m3 128x', fits: 'do not fit', brought: 5 },
    };
    expect(await decodeLink(`#${await encodeLink(state)}`)).toEqual(state);
  });

  it('of anything else is refused in one line', async () => {
    const good = await encodeLink(firstState);
    for (const bad of [
      '',
      '#',
      'v1.',
      'v1.!!',
      good.slice(0, -20),
      `v9${good.slice(2)}`,
      'v1.AAAA',
      '%E0%A4%A',
    ]) {
      await expect(decodeLink(bad), bad).rejects.toThrow(/^[^\n]+$/);
    }
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 4),
        fc.base64String({ minLength: 4, maxLength: 4 }),
        async (at, noise) => {
          const broken = good.slice(0, at + 3) + noise.replaceAll(/[+/=]/g, '_') + good.slice(at + 7);
          const state = await decodeLink(broken).catch((error: Error) => error);
          expect(state).toBeDefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that would unpack to more than a state can be is refused', async () => {
    const huge = JSON.stringify({ ...firstState, options: { tileM: 'x'.repeat(5_000_000) } });
    const link = `v1.${deflateRawSync(huge).toString('base64url')}`;
    await expect(decodeLink(link)).rejects.toThrow('damaged');
  });

  it('that would not be read again is not made', async () => {
    const words = 'too long for a link';
    const list = { ...firstOptions, batchedN: Array(215 * 9999).fill(1000) };
    await expect(encodeLink({ ...firstState, options: list })).rejects.toThrow(words);
    const noise = Array.from({ length: 400_000 }, (_, i) => (i * 2_654_435_761) % 2 ** 31);
    await expect(encodeLink({ ...firstState, options: { batchedN: noise } })).rejects.toThrow(words);
  });

  it('keeps numbers that JSON has not as text, as the page does', async () => {
    const options = withChanges(firstOptions, { m: Number('1e999'), batchedN: [1, -Number('1e999')] });
    expect(options).toMatchObject({ m: 'Infinity', batchedN: [1, '-Infinity'] });
    const state = { ...firstState, options: { ...firstOptions, m: Number.NaN } };
    expect((await decodeLink(await encodeLink(state))).options['m']).toBe('NaN');
  });

  it('of the time before there was more to show is read', () => {
    const { kernels: _, explore: __, ...old } = firstState;
    expect(readState(old)).toEqual(firstState);
  });

  it.each([
    [{ explore: 7 }, {}],
    [
      { explore: { x: { name: 'tileM', from: 1.5, to: 1e99, step: null }, y: null } },
      {
        explore: {
          ...firstState.explore,
          x: { name: 'tileM', from: 1, to: Number.MAX_SAFE_INTEGER, step: 8 },
        },
      },
    ],
    [{ explore: { ...firstState.explore, y: { name: 'none' }, colour: 'red' } }, {}],
    [{ kernels: [] }, {}],
    [{ kernels: { filter: 3, fits: 'none', brought: -1 } }, {}],
    [
      { kernels: { filter: 'x'.repeat(501), fits: 'fit', brought: 0.5 } },
      {
        kernels: { filter: 'x'.repeat(500), fits: 'fit', brought: null },
      },
    ],
  ])('with something that cannot be shown loses nothing else (%#)', (shown, expected) => {
    const state = { ...firstState, target: 'h100' };
    expect(readState({ ...state, ...shown })).toEqual({ ...state, ...expected });
  });

  it.each([
    [{ ...firstState, target: 'b100' }, /target is "b100"; known are h100, /],
    [{ ...firstState, ruleSet: 'none@0' }, /rule set is "none@0"/],
    [{ ...firstState, view: 'admin' }, /view is "admin"/],
    [{ ...firstState, options: [] }, 'options is no object'],
    [{ ...firstState, pinned: [1] }, 'pinned[0] is no object'],
    [null, 'the state is no object'],
  ])('to a state that is none says which part (%#)', (state, message) => {
    expect(() => readState(state)).toThrow(message);
  });
});

describe('the history', () => {
  const start = beginHistory(firstState);
  const type = (m: unknown, at: number) =>
    ({ type: 'edit', change: { options: { ...firstOptions, m } }, of: 'm', at }) as const;

  it('takes letters typed at once back together, and later ones apart', () => {
    const typed = [type(1, 0), type(12, 300), type(128, 600)].reduce(advance, start);
    const later = advance(typed, type(1280, 5000));
    const once = advance(later, { type: 'undo' });
    expect(once.now.options['m']).toBe(128);
    expect(advance(once, { type: 'undo' }).now).toEqual(firstState);
  });

  it('does again what was undone, until something else is done', () => {
    const undone = advance(advance(start, type(1, 0)), { type: 'undo' });
    expect(advance(undone, { type: 'redo' }).now.options['m']).toBe(1);
    const other = advance(undone, { type: 'edit', change: { target: 'h100' }, at: 0 });
    expect(other.future).toEqual([]);
  });

  it('does not undo a look at something else', () => {
    const looked = advance(start, { type: 'show', change: { view: 'kernels' } });
    expect(looked.past).toEqual([]);
    expect(looked.step).toBe(true);
  });
});

describe('a value that is compared', () => {
  it('has another text than every other value', () => {
    const values = [8, '8', [], '', '[]', [8], ['8'], [1, 2], '1, 2', null, 'null', true, 'true', {}, 'Fp32'];
    for (const name of ['tileN', 'dtypeC', 'strange', 'toString']) {
      const texts = values.map((value) => valueText(name, { [name]: value }));
      expect(new Set([...texts, valueText(name, {})]).size).toBe(values.length + 1);
    }
    expect(valueText('dtypeC', { dtypeC: 'Bfloat16' })).toBe('Bfloat16');
  });
});

it('the page begins with every option of the vocabulary', async () => {
  const { createChecker } = await import('@gemm-preflight/checker-wasm');
  const result = (await createChecker()).check(asOptions(firstOptions), firstState.target);
  expect(result.ok).toBe(true);
});
