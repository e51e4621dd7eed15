// The module as text that stays small in a page. Servers compress pages with gzip, which finds repeated bytes as well in any
// text that has a character for most bytes, but codes all characters of a block by one table. So each byte is its digit in base
// 88, with the other one before it only where it is not 0, and digits that are frequent in the module are characters that are
// frequent in scripts. Hexadecimal is a sixth larger, and base64 two fifths.

const base = 88;

/** The characters that a string literal holds as they are, those that minified scripts have most of first. */
const characters =
  'etsi,rolna():u.=mp{}cdfhg[]1$y>0;bMSk2-wv!N_?TAxFK8DEz&34jC+O6#BR|PIZ/W*<LGUV57%X9HYqJQ^@~';

/**
 * Writes bytes as text.
 * @returns {{ digits: string, text: string }} what the digits are written as, 0 to 87, then what stands before one for 1 · 88 and
 *   for 2 · 88; and the text
 */
export function textOf(bytes) {
  const symbols = [...bytes].flatMap((byte) => {
    const high = Math.floor(byte / base);
    return high === 0 ? [byte] : [base + high - 1, byte % base];
  });
  const counts = Array(characters.length).fill(0);
  for (const symbol of symbols) counts[symbol]++;
  const digits = Array(characters.length);
  const byFrequency = [...counts.keys()].sort((a, b) => counts[b] - counts[a]);
  for (const [rank, symbol] of byFrequency.entries()) digits[symbol] = characters[rank];
  return { digits: digits.join(''), text: symbols.map((symbol) => digits[symbol]).join('') };
}
