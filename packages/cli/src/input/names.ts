import { suggestion } from '@gemm-preflight/checker-wasm';
import {
  findRule,
  isRuleSetName,
  isTargetName,
  type KernelInfo,
  type RuleDescription,
  type RuleSetName,
  ruleCatalog,
  ruleSetNames,
  runsOn,
  type Target,
  type TargetName,
  targetNames,
  targets,
} from '@gemm-preflight/types';
import { kernelFindingMeanings } from '../kernel-findings.js';
import { UserError } from '../user-error.js';

/** The target where nobody names one. */
export const defaultTarget: TargetName = 'b200';

/** What to say of a name that nobody knows. */
export function unknownName(what: string, given: string, known: readonly string[]): string {
  return `there is no ${what} "${given}"; known are ${known.join(', ')}${suggestion(given, known)}`;
}

/**
 * The GPU of a name.
 * @throws {UserError} when no preset has the name
 */
export function resolveTarget(name: string): Target {
  if (isTargetName(name)) return targets[name];
  throw new UserError(unknownName('target', name, targetNames));
}

/** The first preset that a kernel was built for; undefined where there is none. */
export function targetBuiltFor({ arch }: KernelInfo): Target | undefined {
  const name = targetNames.find((preset) => runsOn(arch, targets[preset]));
  return name && targets[name];
}

/**
 * The rule set of a name.
 * @throws {UserError} when there is none
 */
export function resolveRuleSet(name: string): RuleSetName {
  if (isRuleSetName(name)) return name;
  throw new UserError(unknownName('rule set', name, ruleSetNames));
}

/**
 * The rule of a name.
 * @throws {UserError} when there is none; names the nearest, and those that contain what was given
 */
export function resolveRule(name: string): RuleDescription {
  const rule = findRule(name);
  if (rule !== undefined) return rule;
  const meaning = kernelFindingMeanings.get(name);
  if (meaning !== undefined) throw new UserError(`"${name}" is no rule; it is said where ${meaning}`);
  const names = ruleCatalog.map((known) => known.name);
  const alike = names.filter((known) => name.length > 2 && known.includes(name.toLowerCase()));
  const hint =
    suggestion(name, names) || (alike.length > 0 ? `; did you mean ${listOr(alike.slice(0, 5))}?` : '');
  throw new UserError(`there is no rule "${name}"${hint || '; preflight explain lists them all'}`);
}

/** Names as alternatives: `"a", "b" or "c"`. */
export function listOr(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
