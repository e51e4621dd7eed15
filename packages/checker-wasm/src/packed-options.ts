import { optionRecordBytes } from '@gemm-preflight/types';

/** Configurations as binary records, made by `packOptions`; usable with any checker, and transferable. */
export interface PackedOptions {
  readonly count: number;
  /** `count` records of the option record's layout. */
  readonly records: Int32Array;
  /** The lists that records point into; the first two entries belong to the module. */
  readonly pool: Int32Array;
}

const slots = optionRecordBytes / 4;

/**
 * The same, if the three parts can belong together. What records hold is for the module to judge.
 * @throws {TypeError} when records or pool are no `Int32Array`
 * @throws {RangeError} when the count is not that of the records
 */
export function checkPacked({ count, records, pool }: PackedOptions): PackedOptions {
  if (!(records instanceof Int32Array) || !(pool instanceof Int32Array)) {
    throw new TypeError(
      'packed options hold their records and their pool as Int32Array; make them with packOptions',
    );
  }
  if (typeof count !== 'number' || records.length !== count * slots) {
    throw new RangeError(
      `packed options have a count of ${typeof count === 'number' ? count : `type ${typeof count}`}, and records of ${records.length} slots; a record has ${slots}`,
    );
  }
  return { count, records, pool };
}
