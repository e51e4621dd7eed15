import type { Target, TargetName } from '@gemm-preflight/types';
import { type Checker, type CheckSettings, resolveTarget, settingsWord } from './checker.js';
import { CheckerInstance, poolReserve } from './instance.js';
import { checkPacked, type PackedOptions } from './packed-options.js';
import { ruleSetNamed } from './rule-sets.js';

// Many configurations at once. Apart from the checker, so that a page that checks one at a time does not load it.

/** The outcome of checking many configurations. */
export interface Verdicts {
  /** How many have no error. */
  readonly valid: number;
  /** For each configuration the position of its first error's rule in `ruleCatalog`, or -1. */
  readonly firstErrors: Int32Array;
}

/** Configurations in the memory of a module of their own. */
export interface LoadedOptions {
  readonly count: number;
  /**
   * Checks all of them for their first error.
   * @throws {RangeError} when the target or the rule set is unknown, or no kernel is made for such a target.
   */
  check(target: Target | TargetName, settings?: CheckSettings): Verdicts;
}

/**
 * Copies packed configurations into memory of their own, to be checked again and again: for other targets, kernels or rule sets.
 * Copying them takes longer than checking them.
 * @throws {TypeError} when these are no packed options.
 */
export function loadOptions({ module }: Pick<Checker, 'module'>, packed: PackedOptions): LoadedOptions {
  return loadInto(new CheckerInstance(new WebAssembly.Instance(module)), packed);
}

function loadInto(instance: CheckerInstance, packed: PackedOptions): LoadedOptions {
  const { count, records, pool } = checkPacked(packed);
  instance.reserve(pool.length, records.byteLength + count * 4);
  instance.i32.set(pool.subarray(2), instance.poolSlot + 2);
  instance.i32.set(records, instance.recordsAt / 4);
  // What has been reserved behind the pool belongs to no list.
  instance.exports.setListPool(instance.poolSlot * 4, Math.max(pool.length, poolReserve));
  const at = instance.recordsAt;
  const verdicts = at + records.byteLength;
  return {
    count,
    check(target, settings = {}) {
      const word = settingsWord(settings, ruleSetNamed(settings.ruleSet));
      instance.setTarget(resolveTarget(target));
      instance.setKernel(settings.kernel);
      const valid = instance.exports.checkMany(at, count, verdicts, word);
      return { valid, firstErrors: instance.i32.slice(verdicts / 4, verdicts / 4 + count) };
    },
  };
}

/** Where `checkMany` checks: memory that has once been grown is kept. */
const scratches = new WeakMap<WebAssembly.Module, CheckerInstance>();

/**
 * Checks packed configurations for their first error.
 * @throws {RangeError} when the target or the rule set is unknown, or no kernel is made for such a target.
 * @throws {TypeError} when these are no packed options.
 */
export function checkMany(
  { module }: Pick<Checker, 'module'>,
  packed: PackedOptions,
  target: Target | TargetName,
  settings?: CheckSettings,
): Verdicts {
  const scratch = scratches.get(module) ?? new CheckerInstance(new WebAssembly.Instance(module));
  scratches.set(module, scratch);
  return loadInto(scratch, packed).check(target, settings);
}
