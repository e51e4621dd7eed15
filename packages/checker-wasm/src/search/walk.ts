import {
  type BatchedGemmOptions,
  levelRecord,
  optionRecordSlots,
  ruleCatalog,
  searchRecord,
  slotOf,
  type Target,
} from '@gemm-preflight/types';
import { type Checker, type CheckSettings, settingsWord } from '../checker.js';
import { CheckerInstance } from '../instance.js';
import { emptyPool, type ListPool, poolNeed } from '../list-pool.js';
import { ruleSetNamed } from '../rule-sets.js';
import { writeOptions } from '../write-options.js';
import { ruleOrder, type SearchLevel, searchLevels } from './order.js';
import { type Axis, configurationAt, type ReadSpace } from './space.js';
import { kindOf } from './values.js';

/** Nodes that a step looks at where nobody says: some ten milliseconds. */
const stepNodes = 200_000;
/** Found positions that the module holds at a time. */
const foundAtATime = 4096;

/** What a step of a walk came to. */
export interface Step {
  /** The position to go on from. */
  readonly at: number;
  /** Valid configurations that it found, as the space gives them. */
  readonly found: readonly BatchedGemmOptions[];
}

/** A space in the memory of an instance of its own, to be walked there. */
export class SpaceWalk {
  readonly #instance: CheckerInstance;
  readonly #space: Pick<ReadSpace, 'first' | 'axes'>;
  readonly #settings: number;
  /** The record of the space's first configuration: where the walk of a tree starts. */
  readonly #first: Int32Array;
  /** Addresses of what the module writes: an f64 for each found position, and one for each count. */
  readonly #found: number;
  readonly #counts: number;

  constructor(
    { module }: Pick<Checker, 'module'>,
    space: ReadSpace,
    target: Target,
    settings: Omit<CheckSettings, 'stopAtFirst'>,
  ) {
    const instance = new CheckerInstance(new WebAssembly.Instance(module));
    instance.setTarget(target);
    instance.setKernel(settings.kernel);
    const ruleSet = ruleSetNamed(settings.ruleSet);
    const levels = searchLevels(space, ruleSet);
    // Positions count along the axes in the order of the levels.
    const axes = levels.flatMap(({ axis }) => axis ?? []);
    this.#instance = instance;
    this.#settings = settingsWord(settings, ruleSet);
    this.#space = { first: space.first, axes };
    const valuesBytes = 8 * axes.reduce((sum, { values }) => sum + values.length, 0);
    const numCounts = ruleCatalog.length + 1;
    const lists = axes.reduce((sum, axis) => sum + entriesOf(axis), poolNeed(space.first));
    instance.reserve(lists, valuesBytes + (foundAtATime + numCounts) * 8);
    this.#first = writeTree(instance, space, levels);
    this.#found = instance.recordsAt + valuesBytes;
    this.#counts = this.#found + foundAtATime * 8;
    instance.f64.fill(0, this.#counts / 8, this.#counts / 8 + numCounts);
  }

  /**
   * Goes on from a position: to the end, until as many as wanted are found, or so many nodes of the tree have been looked at.
   * Decides at least one configuration, if there is one left.
   */
  step(from: number, end: number, wanted: number, nodes = stepNodes): Step {
    const { i32, f64 } = this.#instance;
    const searchSlot = searchSlotOf(this.#instance);
    const capacity = Math.min(foundAtATime, wanted);
    const into = capacity > 0 ? this.#found : 0;
    const room = Math.max(1, capacity);
    // A walk whose end lies within a subtree leaves a node behind that is none.
    i32.set(this.#first, searchSlot + searchRecord.node);
    const at = this.#instance.exports.search(from, end, nodes, into, room, this.#counts, this.#settings);
    const numFound = i32[searchSlot + searchRecord.numFound] ?? 0;
    const positions = f64.subarray(this.#found / 8, this.#found / 8 + numFound);
    return { at, found: Array.from(positions, (position) => configurationAt(this.#space, position)) };
  }

  /** How many configurations were found valid. */
  get valid(): number {
    return this.#count(ruleCatalog.length);
  }

  /** How many of the others each rule refused first, in the order of the rules. */
  get refused(): Readonly<Record<string, number>> {
    const counts = ruleOrder.map((rule) => [rule.name, this.#count(ruleCatalog.indexOf(rule))] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  #count(id: number): number {
    return this.#instance.f64[this.#counts / 8 + id] ?? 0;
  }
}

/** The first slot of the search record. */
function searchSlotOf({ exports }: CheckerInstance): number {
  return Number(exports.SEARCH.value) >> 2;
}

/** Slots that a value of an option takes. */
function wordsOf({ name }: Axis): 1 | 2 {
  return kindOf(name) === 'intList' ? 2 : 1;
}

/** Entries of the pool that an axis's lists take. */
function entriesOf({ values }: Axis): number {
  return values.reduce((sum: number, value) => sum + (Array.isArray(value) ? value.length : 0), 0);
}

/**
 * Writes the search record, and the axes' values behind the pool, where their lists go.
 * @returns the record of the first configuration
 */
function writeTree(
  instance: CheckerInstance,
  { first, total }: ReadSpace,
  levels: readonly SearchLevel[],
): Int32Array {
  const { i32, f64, optionsSlot, recordsAt } = instance;
  const searchSlot = searchSlotOf(instance);
  const pool = emptyPool(instance);
  writeOptions(instance, optionsSlot, first, pool);
  const record = i32.slice(optionsSlot, optionsSlot + optionRecordSlots);
  i32[searchSlot + searchRecord.depth] = levels.length - 1;
  let at = recordsAt;
  let leaves = total;
  let judged = 0;
  for (const [depth, { axis, rules }] of levels.entries()) {
    const level = searchSlot + searchRecord.levels + depth * levelRecord.slots;
    const words = axis === undefined ? 1 : wordsOf(axis);
    leaves /= axis?.values.length ?? 1;
    f64[(level + levelRecord.leaves) / 2] = leaves;
    i32[level + levelRecord.option] = axis === undefined ? 0 : slotOf(axis.name) * 4;
    i32[level + levelRecord.words] = words;
    i32[level + levelRecord.values] = at;
    i32[level + levelRecord.rules] = rules > judged || depth === levels.length - 1 ? rules : 0;
    judged = rules;
    if (axis === undefined) continue;
    writeValues(instance, first, axis, pool, at / 4);
    at += axis.values.length * words * 4;
  }
  return record;
}

/** Writes what records hold for the values of an axis, one after the other. */
function writeValues(
  instance: CheckerInstance,
  first: BatchedGemmOptions,
  axis: Axis,
  pool: ListPool,
  at: number,
): void {
  const { i32, optionsSlot } = instance;
  const { name, values } = axis;
  const slot = optionsSlot + slotOf(name);
  const words = wordsOf(axis);
  const isWhole = kindOf(name) === 'int';
  // The other option that has a list would write it anew for every value.
  const bare: BatchedGemmOptions = { ...first, batchedM: [], batchedN: [] };
  for (const [i, value] of values.entries()) {
    if (isWhole && typeof value === 'number') i32[at + i] = value;
    else {
      writeOptions(instance, optionsSlot, { ...bare, [name]: value }, pool);
      i32.copyWithin(at + i * words, slot, slot + words);
    }
  }
}
