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
 * @throws {TypeError} when records or pool are no `Int32Array`, or the count is not that of the records
 */
export function checkPacked({ count, records, pool }: PackedOptions): PackedOptions {
  const areArrays = records instanceof Int32Array && pool instanceof Int32Array;
  if (areArrays && typeof count === 'number' && records.length === count * slots)
    return { count, records, pool };
  throw new TypeError(
    `these are no packed options, which have ${slots} slots each; make them with packOptions`,
  );
}
