import type { OptionField } from '@gemm-preflight/types';

/** The values that one would try of an option: from the smallest to the largest, each twice the one before or a step more. */
interface Steps {
  readonly from: number;
  readonly to: number;
  /** Absent: in powers of two. */
  readonly by?: number;
}

const largestInt = 2 ** 31 - 1;

/** By the option's name, the first that matches. What is typed is not held to them. */
const steps: readonly (readonly [names: RegExp, steps: Steps])[] = [
  [/^(m|n|k)$/, { from: 128, to: largestInt, by: 128 }],
  [/^mmaM$/, { from: 64, to: 128 }],
  [/^mmaN$/, { from: 8, to: 256, by: 8 }],
  [/^mmaK$/, { from: 8, to: 64 }],
  [/^tileK$/, { from: 16, to: 512 }],
  [/^(epilogueT|t)ile[MN]$/, { from: 8, to: 256 }],
  [/Slices/, { from: 1, to: 16 }],
  [/^clusterDim/, { from: 1, to: 16 }],
  [/^numStages$/, { from: 1, to: 32, by: 1 }],
];

/** The next value of a number, up or down, that somebody would try; the number itself at the end. */
export function stepFrom({ name }: OptionField, value: number, up: boolean): number {
  const { from, to, by } = steps.find(([names]) => names.test(name))?.[1] ?? {
    from: 0,
    to: largestInt,
    by: 1,
  };
  const next = by === undefined ? nextPowerOfTwo(value, up) : nextMultiple(value, by, up);
  const held = Math.min(Math.max(next, from), Math.floor(to / (by ?? 1)) * (by ?? 1));
  return up === held > value ? held : value;
}

function nextPowerOfTwo(value: number, up: boolean): number {
  if (value < 1) return 1;
  const exponent = Math.log2(value);
  return 2 ** Math.max(0, up ? Math.floor(exponent) + 1 : Math.ceil(exponent) - 1);
}

function nextMultiple(value: number, step: number, up: boolean): number {
  return up ? (Math.floor(value / step) + 1) * step : (Math.ceil(value / step) - 1) * step;
}
