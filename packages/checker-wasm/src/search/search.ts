import {
  type BatchedGemmOptions,
  levelRecord,
  optionRecordSlots,
  ruleCatalog,
  searchRecord,
  slotOf,
  type Target,
} from '@gemm-preflight/types';
import type { CheckSettings } from '../checker.js';
import type { CheckerInstance } from '../instance.js';
import { emptyPool, poolNeed } from '../list-pool.js';
import { writeOptions } from '../write-options.js';
import type { SearchExplanation } from './explain-search.js';
import { type SearchLevel, searchLevels } from './order.js';
import { configurationAt, type ReadSpace } from './space.js';

/** How to search. */
export interface SearchSettings extends Omit<CheckSettings, 'stopAtFirst'> {
  /** How many valid configurations to return, the first in the order of the search; default 1000. All are counted. */
  readonly limit?: number;
  /** The part of the search to do, as positions from 0 to the number of configurations: for workers. Default: all. */
  readonly range?: readonly [begin: number, end: number];
  /** Is told now and then how many configurations of the range have been decided; false ends the search there. */
  readonly onProgress?: (decided: number, of: number) => unknown;
}

/** The outcome of a search. */
export interface SearchResult {
  /** Configurations in the space. */
  readonly total: number;
  /** Configurations decided: all of the range, unless the search was ended. */
  readonly decided: number;
  /** Configurations without an error. */
  readonly valid: number;
  /** How many of the others each rule refuses first, in the order of the rules. */
  readonly refused: Readonly<Record<string, number>>;
  /** Valid configurations as the space gives them, before adjustments; no more than the limit. */
  readonly configurations: readonly BatchedGemmOptions[];
  /** Why nothing is left; absent where something is, and where the search was not of the whole space. */
  readonly explanation?: SearchExplanation;
}

/** Looks at nodes between two calls of `onProgress`: some ten milliseconds. */
const budget = 200_000;
/** Found positions that the module holds at a time. */
const foundAtATime = 4096;

/** A search that has been written to the module. */
interface Prepared {
  readonly levels: readonly SearchLevel[];
  /** Addresses of what the module writes. */
  readonly found: number;
  readonly counts: number;
}

/** Writes the search record, the axes' values and their lists. */
function prepare(instance: CheckerInstance, space: ReadSpace): Prepared {
  const { first } = space;
  const levels = searchLevels(space);
  const variants = levels.map(
    ({ axis }) => axis?.values.map((value) => ({ ...first, [axis.name]: value })) ?? [],
  );
  const numValues = variants.flat().length;
  const lists = variants.flat().reduce((sum, options) => sum + poolNeed(options), poolNeed(first));
  const valuesBytes = numValues * 8;
  const foundBytes = foundAtATime * 8;
  instance.reserve(lists, valuesBytes + foundBytes + (ruleCatalog.length + 1) * 8);
  const { i32, f64, optionsSlot, recordsAt, searchSlot } = instance;

  const pool = emptyPool(instance);
  writeOptions(instance, optionsSlot, first, pool);
  const node = searchSlot + searchRecord.node;
  i32.copyWithin(node, optionsSlot, optionsSlot + optionRecordSlots);
  i32[searchSlot + searchRecord.depth] = levels.length - 1;
  let at = recordsAt;
  let leaves = space.total;
  let judged = 0;
  for (const [depth, { axis, rules }] of levels.entries()) {
    const level = searchSlot + searchRecord.levels + depth * levelRecord.slots;
    const slot = axis === undefined ? 0 : slotOf(axis.name);
    const words = Array.isArray(axis?.values[0]) ? 2 : 1;
    leaves /= axis?.values.length ?? 1;
    f64[(level + levelRecord.leaves) / 2] = leaves;
    i32[level + levelRecord.option] = slot * 4;
    i32[level + levelRecord.words] = words;
    i32[level + levelRecord.values] = at;
    i32[level + levelRecord.rules] = rules > judged || depth === levels.length - 1 ? rules : 0;
    judged = rules;
    for (const options of variants[depth] ?? []) {
      // Every variant brings its lists; those of a list's axis stay.
      const own = { ...pool };
      writeOptions(instance, optionsSlot, options, own);
      if (words === 2) pool.next = own.next;
      for (let word = 0; word < words; word++) i32[at / 4 + word] = i32[optionsSlot + slot + word] ?? 0;
      at += words * 4;
    }
  }
  const found = recordsAt + valuesBytes;
  const counts = found + foundBytes;
  f64.fill(0, counts / 8, counts / 8 + ruleCatalog.length + 1);
  return { levels, found, counts };
}

function readRange({ range }: SearchSettings, total: number): readonly [begin: number, end: number] {
  const [begin, end] = range ?? [0, total];
  const isPosition = (value: number) => Number.isInteger(value) && value >= 0 && value <= total;
  if (isPosition(begin) && isPosition(end) && begin <= end) return [begin, end];
  throw new RangeError(`the range ${begin} to ${end} is no part of the ${total} configurations`);
}

/** Walks a space. The instance is the search's own: nobody else may use it meanwhile. */
export function runSearch(
  instance: CheckerInstance,
  space: ReadSpace,
  target: Target,
  settings: SearchSettings,
): SearchResult {
  const { total, first } = space;
  const [begin, end] = readRange(settings, total);
  const limit = settings.limit ?? 1000;
  instance.setTarget(target);
  instance.setKernel(settings.kernel);
  const { levels, found, counts } = prepare(instance, space);
  const { f64, i32, searchSlot } = instance;
  const axes = levels.flatMap(({ axis }) => axis ?? []);
  const configurations: BatchedGemmOptions[] = [];
  let at = begin;
  do {
    const wanted = Math.min(foundAtATime, limit - configurations.length);
    const into = wanted > 0 ? found : 0;
    at = instance.search(
      at,
      end,
      budget,
      into,
      wanted > 0 ? wanted : 1,
      counts,
      settings.onlyRuleSet ?? false,
    );
    const numFound = i32[searchSlot + searchRecord.numFound] ?? 0;
    for (let i = 0; i < numFound; i++) {
      configurations.push(configurationAt({ first, axes }, f64[found / 8 + i] ?? 0));
    }
  } while (settings.onProgress?.(at - begin, end - begin) !== false && at < end);

  const refused: Record<string, number> = {};
  for (const [id, { name }] of ruleCatalog.entries()) {
    const count = f64[counts / 8 + id] ?? 0;
    if (count > 0) refused[name] = count;
  }
  const valid = f64[counts / 8 + ruleCatalog.length] ?? 0;
  return { total, decided: at - begin, valid, refused, configurations };
}

/** What several parts of one search found together. */
export function mergeSearches(parts: readonly SearchResult[], limit = 1000): SearchResult {
  const sum = (of: (part: SearchResult) => number) => parts.reduce((total, part) => total + of(part), 0);
  const rules = ruleCatalog.filter(({ name }) => parts.some(({ refused }) => refused[name] !== undefined));
  return {
    total: parts[0]?.total ?? 0,
    decided: sum(({ decided }) => decided),
    valid: sum(({ valid }) => valid),
    refused: Object.fromEntries(rules.map(({ name }) => [name, sum(({ refused }) => refused[name] ?? 0)])),
    configurations: parts.flatMap(({ configurations }) => configurations).slice(0, limit),
  };
}
