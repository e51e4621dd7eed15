import {
  allReduceAlgos,
  type BatchedGemmOptions,
  dtypeNames,
  type OptionName,
  type OptionValue,
  optionAt,
  optionRecord,
  splitKModes,
} from '@gemm-preflight/types';
import { type CheckerInstance, poolReserve } from './instance.js';
import { isInt32 } from './int32.js';

/** The names that a kind of option chooses from; a record holds the position. */
const choices: Readonly<Record<string, readonly string[]>> = {
  dtype: dtypeNames,
  allReduceAlgo: allReduceAlgos,
  splitKMode: splitKModes,
};

const positions: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map(
  Object.entries(choices).map(([kind, names]) => [kind, new Map(names.map((name, i) => [name, i]))]),
);

/** The names that an option of this kind chooses from, or undefined where it is no choice. */
export function choicesOf(kind: string): readonly string[] | undefined {
  return choices[kind];
}

/** The longest list that is read: 64 MiB of a checker's memory, and far more batches than a launch can have. */
export const longestList = 2 ** 24;

const fields = optionRecord.map(({ field, slot }) => ({
  name: field.name,
  kind: field.kind,
  optional: field.optional,
  slot,
  positions: positions.get(field.kind),
}));

/** Where lists go, and how much room is left. */
export interface ListPool {
  /** First slot of the pool in the instance's memory. */
  readonly base: number;
  /** The next free entry, counted from the base. */
  next: number;
}

/** A pool with nothing in it but the module's own entries. */
export function emptyPool(instance: CheckerInstance): ListPool {
  return { base: instance.poolSlot, next: poolReserve };
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

/** How many entries of a pool these options take, as far as they are lists. */
export function poolNeed(options: BatchedGemmOptions): number {
  return lengthOf(options.batchedM) + lengthOf(options.batchedN);
}

/**
 * Writes options as a record at a slot of the instance's memory, and their lists to the pool.
 * Returns false at the first value that is missing or of the wrong type; what is written then means nothing.
 */
export function writeOptions(
  instance: CheckerInstance,
  at: number,
  options: BatchedGemmOptions,
  pool: ListPool,
): boolean {
  const { i32, f32 } = instance;
  for (const { name, kind, optional, slot, positions } of fields) {
    const value: OptionValue = options[name];
    if (kind === 'int') {
      if (!isInt32(value)) return false;
      i32[at + slot] = value;
    } else if (kind === 'bool') {
      if (typeof value !== 'boolean') return false;
      i32[at + slot] = value ? 1 : 0;
    } else if (positions !== undefined) {
      const position = typeof value === 'string' ? positions.get(value) : undefined;
      if (position === undefined) return false;
      i32[at + slot] = position;
    } else if (kind === 'float') {
      if (value === undefined ? !optional : typeof value !== 'number' || !Number.isFinite(value))
        return false;
      f32[at + slot] = value === undefined ? Number.NaN : (value as number);
    } else {
      if (!Array.isArray(value)) return false;
      const { length } = value;
      if (length > longestList) return false;
      i32[at + slot] = pool.next;
      i32[at + slot + 1] = length;
      // By index: a list may have an iterator of its own, which need not end.
      for (let i = 0; i < length; i++) {
        const entry: unknown = value[i];
        if (!isInt32(entry)) return false;
        i32[pool.base + pool.next++] = entry;
      }
    }
  }
  return true;
}

const kindBySlot = new Map(fields.map(({ slot, kind }) => [slot, kind]));
const bits = new DataView(new ArrayBuffer(4));

/** The option that starts at a slot, and a raw 32-bit value of it as people write it; undefined for a list's count. */
export function readChange(slot: number, raw: number): { field: OptionName; value: OptionValue } | undefined {
  const kind = kindBySlot.get(slot);
  if (kind === undefined) return undefined;
  const field = optionAt(slot);
  if (kind === 'bool') return { field, value: raw !== 0 };
  if (kind === 'float') return { field, value: readFloat(raw) };
  return { field, value: choices[kind]?.[raw] ?? raw };
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
