import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../src/module-bytes.js';

const script = '../scripts/module-text.mjs';
const { textOf } = (await import(script)) as {
  textOf(bytes: Uint8Array): { readonly digits: string; readonly text: string };
};

describe('bytes written as text', () => {
  it('are read again as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        const { digits, text } = textOf(bytes);
        expect(bytesOf(digits, text)).toEqual(bytes);
      }),
    );
  });

  it('are read again, each of the 256', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const { digits, text } = textOf(bytes);
    expect(bytesOf(digits, text)).toEqual(bytes);
    expect(text).toHaveLength(88 + 2 * 168);
  });

  it('need no escape in a literal, of whatever quotes', () => {
    const { digits } = textOf(Uint8Array.of());
    expect(digits).toMatch(/^[!-~]{90}$/);
    expect(new Set(digits).size).toBe(90);
    expect(digits).not.toMatch(/["'`\\]/);
  });

  it('have the most frequent characters of scripts for the bytes that are most frequent', () => {
    expect(textOf(Uint8Array.of(7, 7, 7, 0, 0, 65)).text).toBe('eeetts');
  });
});
