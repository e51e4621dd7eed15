import {
  type BatchedGemmOptions,
  baseRules,
  findRule,
  inputRules,
  type OptionName,
  type RuleDescription,
  type RuleSetDescription,
  ruleCatalog,
} from '@gemm-preflight/types';
import type { Axis, ReadSpace } from './space.js';

// In which order a search assigns its axes, and what can be judged when some of them are assigned. A rule can be judged when
// all that its options depend on is: their own values, and, where an adjustment may have rewritten one, what that has read.

/** All rules in an order in which every rule set applies its own. */
export const ruleOrder: readonly RuleDescription[] = [
  ...inputRules,
  ...ruleCatalog.slice(baseRules.length),
  ...baseRules.slice(inputRules.length),
];

/** A level of the search tree: an axis, and how many rules, from the first on, can be judged once it is assigned. */
export interface SearchLevel {
  readonly axis: Axis | undefined;
  readonly rules: number;
}

/** The rules of a check in the order in which they apply, and among them those of the default set that are not asked. */
function rulesInOrder({ own }: RuleSetDescription): readonly RuleDescription[] {
  return [...inputRules, ...own, ...baseRules.slice(inputRules.length)];
}

/** Whether a rule can speak anywhere in the space. */
function canApply({ onlyWith = {} }: RuleDescription, { first, axes }: ReadSpace): boolean {
  return Object.entries(onlyWith).every(([name, value]) => {
    const axis = axes.find((candidate) => candidate.name === name);
    return axis === undefined ? first[name as OptionName] === value : axis.values.includes(value);
  });
}

/** For each rule, in their order, the axes that an error of it depends on; none for rules that cannot find one here. */
function dependencies(space: ReadSpace, ruleSet: RuleSetDescription): readonly ReadonlySet<OptionName>[] {
  const varying = new Set(space.axes.map(({ name }) => name));
  const dependsOn = new Map<OptionName, ReadonlySet<OptionName>>();
  const of = (names: readonly OptionName[]) =>
    new Set(names.flatMap((name) => [...(varying.has(name) ? [name] : []), ...(dependsOn.get(name) ?? [])]));
  const overflow = findRule('adjustment-overflow');
  // Sizes that are all above zero, as good as always, are no reason to wait for every one of them.
  const sizes = findRule('tile-sizes-positive');
  const belowOne = space.axes.filter(({ values }) => values.some((value) => Number(value) < 1));
  const isAsked = (rule: RuleDescription) => rule.group !== 'rule-set' || ruleSet.rules.includes(rule);
  return rulesInOrder(ruleSet).map((rule) => {
    if (rule === overflow || !isAsked(rule) || !canApply(rule, space)) return new Set();
    if (rule === sizes)
      return new Set(belowOne.map(({ name }) => name).filter((name) => rule.fields.includes(name)));
    if (rule.rewrites === undefined) return of(rule.fields);
    const read = of(rule.fields);
    for (const name of rule.rewrites) dependsOn.set(name, new Set([...read, ...(dependsOn.get(name) ?? [])]));
    // An adjustment finds no error, but where its size leaves 32 bits.
    return overflow !== undefined && rewritesOneOf(rule, overflow.fields) && canApply(overflow, space)
      ? read
      : new Set();
  });
}

function rewritesOneOf({ rewrites = [] }: RuleDescription, fields: readonly OptionName[]): boolean {
  return rewrites.some((name) => fields.includes(name));
}

/**
 * The axes that decide whether one of some rules refuses a configuration: whatever the others are, it is the same.
 */
export function decidingAxes(
  space: ReadSpace,
  names: readonly string[],
  ruleSet: RuleSetDescription,
): readonly Axis[] {
  // Which adjustment leaves 32 bits depends on more than the search has to wait for.
  if (names.includes('adjustment-overflow')) return space.axes;
  const needs = dependencies(space, ruleSet);
  const deciding = new Set(
    rulesInOrder(ruleSet).flatMap(({ name }, i) => (names.includes(name) ? [...(needs[i] ?? [])] : [])),
  );
  return space.axes.filter(({ name }) => deciding.has(name));
}

/** The search tree's levels, the root first: axes come in the order in which rules ask for them. */
export function searchLevels(space: ReadSpace, ruleSet: RuleSetDescription): readonly SearchLevel[] {
  const needs = dependencies(space, ruleSet);
  const asked = new Set(needs.flatMap((names) => [...names].sort(byFewestValues(space))));
  const rest = space.axes.map(({ name }) => name).filter((name) => !asked.has(name));
  const order = [...asked, ...rest].flatMap((name) => space.axes.find((axis) => axis.name === name) ?? []);
  const assigned = new Set<OptionName>();
  const judged = () => {
    const first = needs.findIndex((names) => ![...names].every((name) => assigned.has(name)));
    return first < 0 ? needs.length : first;
  };
  const root: SearchLevel = { axis: undefined, rules: judged() };
  return [
    root,
    ...order.map((axis) => {
      assigned.add(axis.name);
      return { axis, rules: judged() };
    }),
  ];
}

function byFewestValues({
  axes,
}: ReadSpace): (a: keyof BatchedGemmOptions, b: keyof BatchedGemmOptions) => number {
  const count = (name: string) => axes.find((axis) => axis.name === name)?.values.length ?? 0;
  return (a, b) => count(a) - count(b);
}
