import { type OptionKind, optionRecord } from '@gemm-preflight/types';
import { positionsOf } from './choices.js';
import { isInt32 } from './int32.js';
import { type ListPool, longestList } from './list-pool.js';

/** What is written for an option. Numbers: they are compared for every option, and faster than names of kinds. */
const form = { int: 0, bool: 1, float: 2, list: 3, choice: 4 } as const;
type Form = (typeof form)[keyof typeof form];

const forms: Readonly<Record<OptionKind, Form>> = {
  int: form.int,
  bool: form.bool,
  float: form.float,
  intList: form.list,
  dtype: form.choice,
  allReduceAlgo: form.choice,
  splitKMode: form.choice,
};

/** Where in a record an option is written, and as what. */
export interface Place {
  readonly name: string;
  readonly slot: number;
  readonly form: Form;
  readonly optional: boolean;
  /** The position of each name that a choice has; of other options, none. */
  readonly positions: ReadonlyMap<unknown, number>;
}

/** The places of all options, in the order of the record. */
export const places: readonly Place[] = optionRecord.map(({ field: { name, kind, optional }, slot }) => ({
  name,
  slot,
  form: forms[kind],
  optional,
  positions: positionsOf(kind),
}));

/**
 * Writes a value to its place in the record that starts at a slot.
 * Returns whether it is a value that the option can have; what is written otherwise means nothing.
 */
export function writeValue(
  i32: Int32Array,
  f32: Float32Array,
  at: number,
  place: Place,
  value: unknown,
  pool: ListPool,
): boolean {
  const slot = at + place.slot;
  switch (place.form) {
    case form.int:
      return writeInt(i32, slot, value);
    case form.bool:
      i32[slot] = value ? 1 : 0;
      return typeof value === 'boolean';
    case form.float:
      return writeFloat(f32, slot, value);
    case form.list:
      return writeList(i32, slot, value, pool);
    case form.choice:
      return writeChoice(i32, slot, value, place.positions);
  }
}

function writeInt(i32: Int32Array, slot: number, value: unknown): boolean {
  // Only numbers are converted: to convert an object may call its functions, or throw.
  const int = typeof value === 'number' ? value | 0 : 0;
  i32[slot] = int;
  return int === value;
}

/** The record has NaN for what is not given. */
function writeFloat(f32: Float32Array, slot: number, value: unknown): boolean {
  f32[slot] = typeof value === 'number' ? value : Number.NaN;
  return value === undefined || Number.isFinite(value);
}

function writeChoice(i32: Int32Array, slot: number, value: unknown, positions: Place['positions']): boolean {
  const position = positions.get(value);
  i32[slot] = position ?? 0;
  return position !== undefined;
}

/** A list takes two slots, where it starts in the pool and how long it is; its entries go to the pool. */
function writeList(i32: Int32Array, slot: number, value: unknown, pool: ListPool): boolean {
  if (!Array.isArray(value)) return false;
  const { length } = value;
  if (length > longestList) return false;
  const { base, next } = pool;
  i32[slot] = next;
  i32[slot + 1] = length;
  // By index: a list may have an iterator of its own, which need not end.
  for (let i = 0; i < length; i++) {
    const entry: unknown = value[i];
    if (!isInt32(entry)) return false;
    i32[base + next + i] = entry;
  }
  pool.next = next + length;
  return true;
}
