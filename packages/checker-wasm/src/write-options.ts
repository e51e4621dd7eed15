import type { BatchedGemmOptions, OptionName, OptionValue } from '@gemm-preflight/types';
import type { CheckerInstance } from './instance.js';
import type { ListPool } from './list-pool.js';
import { type Place, places, writeValue } from './write-value.js';

const placeOf: ReadonlyMap<string, Place> = new Map(places.map((place) => [place.name, place]));
const optionalPlaces = places.filter(({ optional }) => optional);
const numRequired = places.length - optionalPlaces.length;

/** Places in the order in which an object had its options last: most have that order again, and no name is looked up. */
const usualOrder: Place[] = [...places];

/**
 * Writes options as a record at a slot of the instance's memory, and their lists to the pool.
 * Returns false where one is missing, unknown or of the wrong type; what is written then means nothing.
 */
export function writeOptions(
  { i32, f32 }: CheckerInstance,
  at: number,
  options: BatchedGemmOptions,
  pool: ListPool,
): boolean {
  const values = options as object as Readonly<Record<string, unknown>>;
  const firstFree = pool.next;
  for (const { slot } of optionalPlaces) f32[at + slot] = Number.NaN;
  let count = 0;
  let required = 0;
  // In the object's own order: where a name comes from the enumeration of an object, engines know where its value is, whatever
  // made the object. Names of our own take several times as long to find, once objects of a few makes have come by.
  for (const name in values) {
    let place = usualOrder[count];
    if (place?.name !== name) {
      place = placeOf.get(name);
      if (place === undefined) {
        if (Object.hasOwn(values, name)) return false;
        continue;
      }
      usualOrder[count] = place;
    }
    count++;
    if (!writeValue(i32, f32, at, place, values[name], pool)) return false;
    if (!place.optional) required++;
  }
  if (required === numRequired) return true;
  pool.next = firstFree;
  return writeUnlisted(i32, f32, at, values, pool);
}

/** Writes options of which some are there and not listed: a class can have accessors for them. */
function writeUnlisted(
  i32: Int32Array,
  f32: Float32Array,
  at: number,
  values: Readonly<Record<string, unknown>>,
  pool: ListPool,
): boolean {
  return places.every((place) => writeValue(i32, f32, at, place, values[place.name], pool));
}

/** Writes one option of the record at a slot. Returns whether it can have this value; what is written otherwise means nothing. */
export function writeOption(
  { i32, f32 }: CheckerInstance,
  at: number,
  name: OptionName,
  value: OptionValue,
  pool: ListPool,
): boolean {
  const place = placeOf.get(name);
  return place !== undefined && writeValue(i32, f32, at, place, value, pool);
}
