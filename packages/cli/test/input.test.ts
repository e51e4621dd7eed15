import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonSource } from '../src/input/json-source.js';
import { readLines } from '../src/input/read-lines.js';
import { TextLines } from '../src/input/text-lines.js';

/** Cuts bytes at places that are shares of their length. */
function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const at = places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b);
  return [0, ...at].map((start, i) => bytes.subarray(start, at[i] ?? bytes.length));
}

describe('readLines', () => {
  const text = fc.array(fc.constantFrom('a', 'é', '×', '😀', '\n', '\n', '\r\n', ' '), { maxLength: 60 });
  const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

  it('reads the lines of a text, however it is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(text, places, async (parts, at) => {
        const whole = parts.join('');
        const lines: string[] = [];
        const numbers: number[] = [];
        for await (const some of readLines(Readable.from(cut(Buffer.from(whole), at)), 'it')) {
          for (const line of some) {
            lines.push(line.text);
            numbers.push(line.number);
          }
        }
        const expected = whole.split('\n').map((line) => line.replace(/\r$/, ''));
        if (expected.at(-1) === '') expected.pop();
        expect(lines).toEqual(expected);
        expect(numbers).toEqual(expected.map((_, i) => i + 1));
      }),
    );
  });
});

describe('TextLines', () => {
  it('finds the line and column of every offset', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '\n', 'bc'), { maxLength: 40 }), fc.nat(), (parts, seed) => {
        const text = parts.join('');
        const offset = seed % (text.length + 1);
        const { startLine, startColumn } = new TextLines(text, 1).regionOf(offset, 0);
        const before = text.slice(0, offset).split('\n');
        expect([startLine, startColumn]).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1]);
      }),
    );
  });
});

describe('JsonSource', () => {
  it('agrees with JSON.parse on what is JSON, and says where it is not', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '}', ']', '"', '/', 'x'),
        (json, seed, insert) => {
          const at = seed % (json.length + 1);
          const text = json.slice(0, at) + insert + json.slice(at);
          const parsed = new JsonSource(text).parse();
          let expected: unknown;
          try {
            expected = { ok: true, value: JSON.parse(text) };
          } catch {
            expect(parsed.ok).toBe(false);
            return;
          }
          expect(parsed).toEqual(expected);
        },
      ),
    );
  });

  it('finds members, values and starts', () => {
    const source = new JsonSource('{\n  "options": {"k": 1000}\n}', 5);
    const at = (startColumn: number, endColumn: number) => ({
      startLine: 6,
      startColumn,
      endLine: 6,
      endColumn,
    });
    expect(source.regionOf(['options', 'k'])).toEqual(at(15, 24));
    expect(source.regionOf(['options', 'k'], 'value')).toEqual(at(20, 24));
    expect(source.regionOf(['options'], 'start')).toEqual(at(14, 15));
    expect(source.regionOf(['options', 'n'])).toBeUndefined();
  });
});
