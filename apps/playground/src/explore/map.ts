import {
  type Checker,
  checkMany,
  explainSearch,
  mergeSearches,
  packOptions,
  type SearchSpace,
  search,
} from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  type OptionName,
  optionRecordSlots,
  type RuleSetName,
  slotOf,
  type TargetName,
} from '@gemm-preflight/types';

/** One axis with its values. */
export interface MapAxis {
  readonly name: OptionName;
  readonly values: readonly (number | string | boolean)[];
}

/** What a map is of. */
export interface MapRequest {
  readonly options: BatchedGemmOptions;
  readonly target: TargetName;
  readonly ruleSet: RuleSetName;
  readonly x: MapAxis;
  readonly y: MapAxis;
}

/** A map: a cell for every pair of values, rows of x one after the other. */
export interface OptionMap {
  readonly request: MapRequest;
  /** The position in `ruleCatalog` of the rule that refuses a cell first, or -1. */
  readonly rules: Int32Array<ArrayBuffer>;
  /** Share of a valid cell's multiply-accumulates that are padding; NaN for the others. */
  readonly waste: Float32Array<ArrayBuffer>;
  readonly valid: number;
  /** How many cells each rule refuses first, as the search counts them. */
  readonly refused: Readonly<Record<string, number>>;
}

const cellsAtOnce = 4096;

/**
 * Makes a map, step by step: each step yields how many cells are done. The search counts; which rule it is in a
 * cell, the verdicts say, of records that differ in the two options alone.
 * @throws {TypeError} for options that are no valid input
 */
export function* makeMap(checker: Checker, request: MapRequest): Generator<number, OptionMap> {
  const { options, target, ruleSet, x, y } = request;
  const total = x.values.length * y.values.length;
  const at = (column: number, row: number): BatchedGemmOptions => ({
    ...options,
    [y.name]: y.values[row],
    [x.name]: x.values[column],
  });
  const columns = packOptions(x.values.map((_, i) => at(i, 0)));
  const rows = packOptions(y.values.map((_, i) => at(0, i)));
  const [base, slotX, slotY] = [
    columns.records.subarray(0, optionRecordSlots),
    slotOf(x.name),
    slotOf(y.name),
  ];
  const { pool } = packOptions([at(0, 0)]);

  const rules = new Int32Array(total);
  const waste = new Float32Array(total).fill(Number.NaN);
  const rowsAtOnce = Math.max(1, Math.floor(cellsAtOnce / x.values.length));
  for (let row = 0; row < y.values.length; row += rowsAtOnce) {
    const height = Math.min(rowsAtOnce, y.values.length - row);
    const count = height * x.values.length;
    const records = new Int32Array(count * optionRecordSlots);
    for (let i = 0; i < count; i++) {
      const column = i % x.values.length;
      const from = i * optionRecordSlots;
      records.set(base, from);
      records[from + slotY] =
        rows.records[(row + Math.floor(i / x.values.length)) * optionRecordSlots + slotY] ?? 0;
      records[from + slotX] = columns.records[column * optionRecordSlots + slotX] ?? 0;
    }
    const first = row * x.values.length;
    const { firstErrors } = checkMany(checker, { count, records, pool }, target, { ruleSet });
    rules.set(firstErrors, first);
    for (const [i, rule] of firstErrors.entries()) {
      if (rule >= 0) continue;
      const cell = at(i % x.values.length, row + Math.floor(i / x.values.length));
      waste[first + i] = paddingShare(checker.check(cell, target, { ruleSet }).options);
    }
    yield first + count;
  }

  // In two parts, for a search of the whole explains itself where nothing is valid, and that may take its time.
  const space = spaceOf(request);
  const middle = Math.floor(total / 2);
  const parts = [[0, middle] as const, [middle, total] as const].map((range) =>
    search(checker, space, target, { ruleSet, limit: 0, range }),
  );
  const { valid, refused } = mergeSearches(parts, 0);
  return { request, rules, waste, valid, refused };
}

/** Why no cell of a map is valid, in a sentence; undefined where some are, or nobody knows. */
export function explainMap(checker: Checker, { request, valid }: OptionMap): string | undefined {
  const { target, ruleSet } = request;
  return valid > 0 ? undefined : explainSearch(checker, spaceOf(request), target, { ruleSet })?.message;
}

function spaceOf({ options, x, y }: MapRequest): SearchSpace {
  return { ...options, [y.name]: [...y.values], [x.name]: [...x.values] } as SearchSpace;
}

/** Share of all multiply-accumulates that are padding: of tokens, of the hidden dimension and of k. */
export function paddingShare(o: BatchedGemmOptions): number {
  const [tokenTile, hiddenTile] = o.batchM ? [o.tileM, o.tileN] : [o.tileN, o.tileM];
  const hidden = o.batchM ? o.n : o.m;
  let tokens = 0;
  let tiles = 0;
  for (const count of o.batchM ? o.batchedM : o.batchedN) {
    tokens += count;
    tiles += Math.ceil(count / tokenTile);
  }
  const filled = (size: number, tile: number) => size / (Math.ceil(size / tile) * tile);
  const ofTokens = tiles === 0 ? 1 : tokens / (tiles * tokenTile);
  return 1 - ofTokens * filled(hidden, hiddenTile) * filled(o.k, o.tileK);
}
