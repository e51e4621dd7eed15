import {
  type BatchedGemmOptions,
  type CheckResult,
  isTargetName,
  type KernelFacts,
  optionRecordBytes,
  type RuleSetDescription,
  type RuleSetName,
  ruleSetShift,
  ruleSets,
  settingBits,
  type Target,
  type TargetName,
  targetNames,
  targets,
  trtllmGen202503,
} from '@gemm-preflight/types';
import { compile, compileSync } from './compile.js';
import { readFindings, reports } from './diagnostics.js';
import { confirmFixes } from './fixes.js';
import { GivenOptions } from './given-options.js';
import { CheckerInstance } from './instance.js';
import { findInvalidInput, readOnce } from './invalid-input.js';
import { emptyPool, poolNeed } from './list-pool.js';
import type { PackedOptions } from './packed-options.js';
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
}

/**
 * Makes a checker. Takes the module's bytes from this package; give a compiled module to stream it yourself. It knows the default
 * rule set and those that it is given, so that a page loads no others.
 * @throws {Error} when a page's content security policy lacks 'wasm-unsafe-eval'
 */
export async function createChecker(
  module?: WebAssembly.Module,
  others: readonly RuleSetDescription[] = [],
): Promise<Checker> {
  const compiled = module ?? (await compile());
  return new WasmChecker(compiled, await WebAssembly.instantiate(compiled), [trtllmGen202503, ...others]);
}

/**
 * Makes a checker at once: for Node, workers, and browsers that compile small modules on the main thread. It knows all rule sets.
 * @throws {Error} when a page's content security policy lacks 'wasm-unsafe-eval'
 */
export function createCheckerSync(module?: WebAssembly.Module): Checker {
  const compiled = module ?? compileSync();
  return new WasmChecker(compiled, new WebAssembly.Instance(compiled), Object.values(ruleSets));
}

/**
 * Packs configurations for {@link checkMany}.
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
  readonly #ruleSets: readonly RuleSetDescription[];

  constructor(
    module: WebAssembly.Module,
    instance: WebAssembly.Instance,
    sets: readonly RuleSetDescription[],
  ) {
    this.#ruleSets = sets;
    this.module = module;
    this.#instance = new CheckerInstance(instance);
    this.#given = new GivenOptions(this.#instance);
  }

  check(options: BatchedGemmOptions, target: Target | TargetName, settings: CheckSettings = {}): CheckResult {
    const on = resolveTarget(target);
    const ruleSet = findRuleSet(settings.ruleSet, this.#ruleSets);
    this.#instance.setTarget(on);
    try {
      return this.#check(options, on, ruleSet, settings);
    } catch {
      // Nothing here throws for plain values. So these are not: a getter or a proxy throws, or answers each time anew.
      const read = readOnce(options);
      if (read.ok) return this.#check(read.options, on, ruleSet, settings);
      return { ...nothing, ruleSet: ruleSet.name, diagnostics: read.diagnostics, options };
    }
  }

  #check(
    options: BatchedGemmOptions,
    on: Target,
    ruleSet: RuleSetDescription,
    settings: CheckSettings,
  ): CheckResult {
    const instance = this.#instance;
    const given = this.#given;
    if (!isObject(options) || !given.write(options)) {
      const diagnostics = findInvalidInput(options);
      if (diagnostics.length === 0) throw new Error('the options answer each time anew');
      return { ...nothing, ruleSet: ruleSet.name, diagnostics, options };
    }
    instance.setKernel(settings.kernel);
    const word = settingsWord(settings, ruleSet);
    const ok = given.check(word) < 0;
    const findings = readFindings(instance, options, on, settings.kernel, ruleSet);
    const sharedMemory = readSharedMemory(instance);
    const launch = readLaunch(instance);
    // Confirming fixes checks other configurations, and so overwrites the result that has been read by now.
    const everything = word & ~settingBits.stopAtFirst;
    const diagnostics = confirmFixes(
      findings.diagnostics,
      options,
      (changes, rule) => given.checkChanged(changes, everything) && !reports(instance, rule, ruleSet),
    );
    return { ok, ruleSet: ruleSet.name, diagnostics, options: findings.options, sharedMemory, launch };
  }
}

const nothing = { ok: false, sharedMemory: null, launch: null } as const;

function isObject(options: unknown): options is object {
  return typeof options === 'object' && options !== null;
}

/** Settings as the module takes them. */
export function settingsWord(
  { stopAtFirst, onlyRuleSet }: CheckSettings,
  { number }: RuleSetDescription,
): number {
  return (
    (stopAtFirst ? settingBits.stopAtFirst : 0) |
    (onlyRuleSet ? settingBits.onlyRuleSet : 0) |
    (number << ruleSetShift)
  );
}

/** A target by name, or a custom one. */
export function resolveTarget(target: Target | TargetName): Target {
  if (typeof target === 'object' && target !== null) return target;
  if (isTargetName(target)) return targets[target];
  throw new RangeError(`unknown target "${String(target)}"; known are ${targetNames.join(', ')}`);
}

/**
 * The rule set of a name, or the default.
 * @throws {RangeError} when it is none of those known
 */
export function findRuleSet(
  name: RuleSetName = trtllmGen202503.name,
  known: readonly RuleSetDescription[],
): RuleSetDescription {
  const found = known.find((set) => set.name === name);
  if (found !== undefined) return found;
  throw new RangeError(
    `unknown rule set "${String(name)}"; known are ${known.map((set) => set.name).join(', ')}`,
  );
}
