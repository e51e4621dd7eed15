// E4m3 once more, with no eye on src/: codes 0 to 126 ascend evenly, by 2^-9 at first, and by twice as much after 16 codes
// and after every 8 more; 127 is not a number, and the upper half of the codes is the same with a minus sign.

function magnitudes(): readonly number[] {
  const found = [0];
  let step = 2 ** -9;
  for (let code = 1; code <= 126; code++) {
    found.push((found[code - 1] ?? 0) + step);
    if (code >= 16 && code % 8 === 0) step *= 2;
  }
  return [...found, Number.NaN];
}

/** The values of the 256 codes. */
export const e4m3Values: readonly number[] = [...magnitudes(), ...magnitudes().map((value) => -value)];

/** The code of a value that has one. */
export function e4m3Code(value: number): number {
  const code = e4m3Values.indexOf(value);
  if (code === -1) throw new RangeError(`no E4m3 code stands for ${value}`);
  return code;
}
