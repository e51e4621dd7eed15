import {
  type OptionKind,
  type OptionName,
  type OptionValue,
  optionAt,
  optionRecord,
} from '@gemm-preflight/types';
import { choicesOf } from './choices.js';

const kindBySlot: ReadonlyMap<number, OptionKind> = new Map(
  optionRecord.map(({ field, slot }) => [slot, field.kind]),
);
const bits = new DataView(new ArrayBuffer(4));

/** The option that starts at a slot, and a raw 32-bit value of it as people write it; undefined for a list's count. */
export function readChange(slot: number, raw: number): { field: OptionName; value: OptionValue } | undefined {
  const kind = kindBySlot.get(slot);
  if (kind === undefined) return undefined;
  const field = optionAt(slot);
  if (kind === 'bool') return { field, value: raw !== 0 };
  if (kind === 'float') return { field, value: readFloat(raw) };
  return { field, value: choicesOf(kind)?.[raw] ?? raw };
}

/** A float32 by its bits, as the shortest decimal that means it; undefined for NaN, which is "not given". */
function readFloat(raw: number): number | undefined {
  bits.setInt32(0, raw);
  const value = bits.getFloat32(0);
  if (Number.isNaN(value)) return undefined;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
