import type { OptionField } from '@gemm-preflight/types';

/** The next value of a number, up or down, that somebody would try. */
export function stepFrom(field: OptionField, value: number, up: boolean): number {
  const { name, group } = field;
  if (/^(tile|epilogueTile|mma)|Slices/.test(name)) return nextPowerOfTwo(value, up);
  if (group === 'problem') return nextMultiple(value, 128, up);
  return Math.max(0, value + (up ? 1 : -1));
}

/** The next power of two; tiles and slices are tried in these. */
function nextPowerOfTwo(value: number, up: boolean): number {
  if (value < 1) return 1;
  const exponent = Math.log2(value);
  return 2 ** Math.max(0, up ? Math.floor(exponent) + 1 : Math.ceil(exponent) - 1);
}

/** The next multiple of a step; sizes of problems are tried in these. */
function nextMultiple(value: number, step: number, up: boolean): number {
  return up ? (Math.floor(value / step) + 1) * step : Math.max(0, (Math.ceil(value / step) - 1) * step);
}
