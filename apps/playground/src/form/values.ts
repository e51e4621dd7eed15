import type { OptionKind } from '@gemm-preflight/types';

/** The most numbers that a list is read with: four times the batches of a launch, so that the rules can still say how many are too many. */
export const longestList = 1024;

/** What a text was read as, and what kept it from being read where that is not plain to see. */
interface Reading {
  readonly value: unknown;
  readonly fault?: string;
}

/**
 * What a text stands for: a number or a list of them if it reads as one. Any other text stays as it is, and the checker says what
 * is wrong with it. Nothing at all is no value.
 */
export function readText(kind: OptionKind, text: string): unknown {
  return read(kind, text).value;
}

/** Why a value is still text, where the checker could only say that it is no number or list. */
export function faultOfText(kind: OptionKind, value: unknown): string | undefined {
  return typeof value === 'string' ? read(kind, value).fault : undefined;
}

function read(kind: OptionKind, text: string): Reading {
  const trimmed = text.trim();
  if (kind === 'intList') return readList(trimmed);
  if (trimmed === '') return { value: undefined };
  const number = readNumber(trimmed);
  if (number === Number.POSITIVE_INFINITY || number === Number.NEGATIVE_INFINITY)
    return { value: text, fault: `${trimmed} is too large a number` };
  return { value: number ?? text };
}

/** `3, 0, 8` or `3 0 8`, in brackets or not yet closed ones too; `4x16` is sixteen fours. */
function readList(text: string): Reading {
  const list: number[] = [];
  const inner = text.startsWith('[') ? text.slice(1).replace(/\]$/, '') : text;
  for (const part of inner.split(/[\s,;]+/)) {
    if (part === '') continue;
    const [, each, times] = /^(.+?)[x×*](\d+)$/.exec(part) ?? [undefined, part, '1'];
    const number = readNumber(each ?? '');
    if (number === undefined) return { value: text };
    if (!Number.isFinite(number)) return { value: text, fault: `${each} is too large a number` };
    // Counted before it is written out: a text of a few letters can ask for millions.
    if (list.length + Number(times) > longestList)
      return { value: text, fault: `these are more than ${longestList.toLocaleString('en')} numbers` };
    for (let i = 0; i < Number(times); i++) list.push(number);
  }
  return { value: list };
}

function readNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** The text of a value, as a form shows it. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
