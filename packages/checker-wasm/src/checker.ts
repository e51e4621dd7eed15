import {
  type BatchedGemmOptions,
  type CheckResult,
  defaultRuleSet,
  isRuleSetName,
  isTargetName,
  type KernelFacts,
  optionRecordBytes,
  type RuleSetName,
  ruleCatalog,
  ruleSetNames,
  ruleSetShift,
  settingBits,
  type Target,
  type TargetName,
  targetNames,
  targets,
} from '@gemm-preflight/types';
import { compile, compileSync } from './compile.js';
import { readFindings, reports } from './diagnostics.js';
import { confirmFixes } from './fixes.js';
import { GivenOptions } from './given-options.js';
import { CheckerInstance } from './instance.js';
import { findInvalidInput, readOnce } from './invalid-input.js';
import { emptyPool, poolNeed } from './list-pool.js';
import { checkPacked, type PackedOptions } from './packed-options.js';
import { readLaunch, readSharedMemory } from './read-result.js';
import { writeOptions } from './write-options.js';

/** How to check. */
export interface CheckSettings {
  /** Default: that of the kernels that most have, `defaultRuleSet`. */
  readonly ruleSet?: RuleSetName;
  /** Leave the `device` and `launch` groups out; default false. */
  readonly onlyRuleSet?: boolean;
  /**
   * The kernel that the options are for, as a catalog describes it: the check then holds its shared memory, threads, architecture
   * and parameter block against the rest. Default: none, and the rules about kernels are silent.
   */
  readonly kernel?: KernelFacts;
  /** End at the first error, as the original launcher did; default false: report everything that is wrong. */
  readonly stopAtFirst?: boolean;
}

/** The outcome of checking many configurations. */
export interface Verdicts {
  /** How many have no error. */
  readonly valid: number;
  /** For each configuration the position of its first error's rule in `ruleCatalog`, or -1. */
  readonly firstErrors: Int32Array;
}

/** A checker: one instance of the WebAssembly module. Not reentrant, and cheap enough to make one per worker. */
export interface Checker {
  /** The compiled module, to make checkers in workers from: {@link createChecker} takes it. */
  readonly module: WebAssembly.Module;
  /**
   * Checks one configuration. Never throws for what the options hold: bad input gets diagnostics of the rule
   * `invalid-input`.
   * @throws {RangeError} when the target or the rule set is unknown, or no kernel is made for such a target.
   */
  check(options: BatchedGemmOptions, target: Target | TargetName, settings?: CheckSettings): CheckResult;
  /**
   * Checks packed configurations for their first error.
   * @throws {RangeError} when the target or the rule set is unknown, or no kernel is made for such a target, or the records are not `count`.
   * @throws {TypeError} when these are no packed options.
   */
  checkMany(packed: PackedOptions, target: Target | TargetName, settings?: CheckSettings): Verdicts;
  /**
   * Copies packed configurations into memory of their own in the module, to be checked again and again: for other targets,
   * kernels or rule sets. Copying them takes longer than checking them.
   */
  load(packed: PackedOptions): LoadedOptions;
}

/** Configurations in the module's memory. */
export interface LoadedOptions {
  readonly count: number;
  /**
   * Checks all of them for their first error.
   * @throws {RangeError} when the target or the rule set is unknown, or no kernel is made for such a target.
   */
  check(target: Target | TargetName, settings?: CheckSettings): Verdicts;
}

/**
 * Makes a checker. Takes the module's bytes from this package; give a compiled module to stream it yourself.
 * @throws {Error} when a page's content security policy lacks 'wasm-unsafe-eval'
 */
export async function createChecker(module?: WebAssembly.Module): Promise<Checker> {
  const compiled = module ?? (await compile());
  return new WasmChecker(compiled, await WebAssembly.instantiate(compiled));
}

/**
 * Makes a checker at once: for Node, workers, and browsers that compile small modules on the main thread.
 * @throws {Error} when a page's content security policy lacks 'wasm-unsafe-eval'
 */
export function createCheckerSync(module?: WebAssembly.Module): Checker {
  const compiled = module ?? compileSync();
  return new WasmChecker(compiled, new WebAssembly.Instance(compiled));
}

/**
 * Packs configurations for {@link Checker.checkMany}.
 * @throws {TypeError} when a configuration is no valid input; the message names it and what is wrong.
 */
export function packOptions(configurations: readonly BatchedGemmOptions[]): PackedOptions {
  const scratch = new CheckerInstance(new WebAssembly.Instance(compileSync()));
  const slots = optionRecordBytes / 4;
  const lists = configurations.reduce((sum, options) => sum + (isObject(options) ? poolNeed(options) : 0), 0);
  scratch.reserve(lists, configurations.length * optionRecordBytes);
  const pool = emptyPool(scratch);
  const first = scratch.recordsAt / 4;
  for (const [i, options] of configurations.entries()) {
    if (isObject(options) && writeOptions(scratch, first + i * slots, options, pool)) continue;
    throw new TypeError(`configuration ${i}: ${findInvalidInput(options)[0]?.message}`);
  }
  return {
    count: configurations.length,
    records: scratch.i32.slice(first, first + configurations.length * slots),
    pool: scratch.i32.slice(pool.base, pool.base + pool.next),
  };
}

class WasmChecker implements Checker {
  readonly module: WebAssembly.Module;
  readonly #instance: CheckerInstance;
  readonly #given: GivenOptions;

  constructor(module: WebAssembly.Module, instance: WebAssembly.Instance) {
    this.module = module;
    this.#instance = new CheckerInstance(instance);
    this.#given = new GivenOptions(this.#instance);
  }

  check(options: BatchedGemmOptions, target: Target | TargetName, settings: CheckSettings = {}): CheckResult {
    const on = resolveTarget(target);
    const ruleSet = resolveRuleSet(settings.ruleSet);
    this.#instance.setTarget(on);
    try {
      return this.#check(options, on, ruleSet, settings);
    } catch {
      // Nothing here throws for plain values. So these are not: a getter or a proxy throws, or answers each time anew.
      const read = readOnce(options);
      if (read.ok) return this.#check(read.options, on, ruleSet, settings);
      return { ...nothing, ruleSet, diagnostics: read.diagnostics, options };
    }
  }

  #check(
    options: BatchedGemmOptions,
    on: Target,
    ruleSet: RuleSetName,
    settings: CheckSettings,
  ): CheckResult {
    const instance = this.#instance;
    const given = this.#given;
    if (!isObject(options) || !given.write(options)) {
      const diagnostics = findInvalidInput(options);
      if (diagnostics.length === 0) throw new Error('the options answer each time anew');
      return { ...nothing, ruleSet, diagnostics, options };
    }
    instance.setKernel(settings.kernel);
    const word = settingsWord(settings);
    const ok = given.check(word) < 0;
    const findings = readFindings(instance, options, on, settings.kernel, ruleSet);
    const sharedMemory = readSharedMemory(instance);
    const launch = readLaunch(instance);
    // Confirming fixes checks other configurations, and so overwrites the result that has been read by now.
    const everything = word & ~settingBits.stopAtFirst;
    const diagnostics = confirmFixes(
      findings.diagnostics,
      options,
      (changes, rule) => given.checkChanged(changes, everything) && !reports(instance, rule),
    );
    return { ok, ruleSet, diagnostics, options: findings.options, sharedMemory, launch };
  }

  checkMany(packed: PackedOptions, target: Target | TargetName, settings: CheckSettings = {}): Verdicts {
    return new RecordsIn(this.#instance, packed).check(target, settings);
  }

  load(packed: PackedOptions): LoadedOptions {
    return new RecordsIn(new CheckerInstance(new WebAssembly.Instance(this.module)), packed);
  }
}

const nothing = { ok: false, sharedMemory: null, launch: null } as const;

/** Packed records in an instance's memory, where they stay as long as nobody else uses the instance. */
class RecordsIn implements LoadedOptions {
  readonly count: number;
  readonly #instance: CheckerInstance;
  readonly #poolLength: number;
  readonly #recordsBytes: number;

  constructor(instance: CheckerInstance, packed: PackedOptions) {
    const { count, records, pool } = checkPacked(packed);
    this.count = count;
    this.#instance = instance;
    this.#poolLength = pool.length;
    this.#recordsBytes = records.byteLength;
    instance.reserve(pool.length, records.byteLength + count * 4);
    instance.i32.set(pool.subarray(2), instance.poolSlot + 2);
    instance.i32.set(records, instance.recordsAt / 4);
  }

  check(target: Target | TargetName, settings: CheckSettings = {}): Verdicts {
    const instance = this.#instance;
    const word = settingsWord(settings);
    instance.setTarget(resolveTarget(target));
    instance.setKernel(settings.kernel);
    const at = instance.recordsAt;
    const verdicts = at + this.#recordsBytes;
    const valid = instance.checkMany(at, this.count, verdicts, word, this.#poolLength);
    return { valid, firstErrors: instance.i32.slice(verdicts / 4, verdicts / 4 + this.count) };
  }
}

function isObject(options: unknown): options is object {
  return typeof options === 'object' && options !== null;
}

/**
 * Settings as the module takes them.
 * @throws {RangeError} when the rule set is unknown
 */
export function settingsWord({ stopAtFirst, onlyRuleSet, ruleSet }: CheckSettings): number {
  return (
    (stopAtFirst ? settingBits.stopAtFirst : 0) |
    (onlyRuleSet ? settingBits.onlyRuleSet : 0) |
    (ruleSetNames.indexOf(resolveRuleSet(ruleSet)) << ruleSetShift)
  );
}

/** A target by name, or a custom one. */
export function resolveTarget(target: Target | TargetName): Target {
  if (typeof target === 'object' && target !== null) return target;
  if (isTargetName(target)) return targets[target];
  throw new RangeError(`unknown target "${String(target)}"; known are ${targetNames.join(', ')}`);
}

/** A rule set's name, or the default. */
export function resolveRuleSet(ruleSet: RuleSetName = defaultRuleSet): RuleSetName {
  if (isRuleSetName(ruleSet)) return ruleSet;
  throw new RangeError(`unknown rule set "${String(ruleSet)}"; known are ${ruleSetNames.join(', ')}`);
}

/** The name of the rule that a verdict stands for; undefined for a valid configuration. */
export function verdictRule(firstError: number): string | undefined {
  return ruleCatalog[firstError]?.name;
}
