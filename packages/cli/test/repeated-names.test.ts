import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countNames, countNamesInText } from '../src/input/count-names.js';
import { JsonSource } from '../src/input/json-source.js';
import { sound } from './support/configurations.js';
import { run } from './support/run-main.js';

describe('names', () => {
  it('are counted as JSON.parse counts them, whatever strings and names hold', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(countNamesInText(text)).toBe(countNames(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  it('that are the same are found in any object', () => {
    const name = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), name, fc.jsonValue(), (others, twice, value) => {
        const member = `${JSON.stringify(twice)}:${JSON.stringify(value)}`;
        const { [twice]: _, ...rest } = others;
        const members = [
          member,
          ...Object.entries(rest).map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`),
        ];
        expect(new JsonSource(`{${members.join()}}`).parse().ok).toBe(true);
        expect(new JsonSource(`{${[...members, member].join()}}`).parse()).toMatchObject({ ok: false });
      }),
    );
  });

  it('may repeat in different objects', async () => {
    const stdin = JSON.stringify([{ options: sound }, { options: sound }]);
    expect((await run(['check', '-'], { stdin })).code).toBe(0);
  });
});
