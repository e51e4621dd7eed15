import type { OptionKind } from '@gemm-preflight/types';

/**
 * What a text stands for: a number or a list of them if it reads as one. Any other text stays as it is, and the checker says what
 * is wrong with it. Nothing at all is no value.
 */
export function readText(kind: OptionKind, text: string): unknown {
  const trimmed = text.trim();
  if (kind === 'intList') return readList(trimmed);
  if (trimmed === '') return undefined;
  return readNumber(trimmed) ?? text;
}

/** `3, 0, 8` or `3 0 8`; `4x16` is sixteen fours. */
function readList(text: string): unknown {
  const list: number[] = [];
  for (const part of text.split(/[\s,;]+/)) {
    if (part === '') continue;
    const [, each, times] = /^(.+?)[x×*](\d{1,4})$/.exec(part) ?? [undefined, part, '1'];
    const number = readNumber(each ?? '');
    if (number === undefined) return text;
    for (let i = 0; i < Number(times); i++) list.push(number);
  }
  return list;
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
