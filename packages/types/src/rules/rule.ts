import type { CauseName } from '../causes.js';
import type { Fix, OptionChange, Severity } from '../diagnostic.js';
import type { KernelFacts } from '../kernel.js';
import type { BatchedGemmOptions, OptionName, OptionValue } from '../options.js';
import type { SharedMemoryOf } from '../shared-memory.js';
import type { Target } from '../target.js';

/**
 * Where a rule comes from: `input` guards every check against values that nothing can be computed from, a rule set
 * holds the constraints of a kernel family, `device` and `launch` are limits of the GPU and of the launch.
 */
export type RuleGroup = 'input' | 'rule-set' | 'device' | 'launch';

/** What a rule's texts may speak of. */
export interface RuleContext {
  /** The options as the rule saw them: after earlier adjustments, before its own. */
  readonly options: BatchedGemmOptions;
  readonly target: Target;
  /** The kernel that the options are for; undefined where the check was told of none. */
  readonly kernel: KernelFacts | undefined;
  /** How kernels of the rule set lay out shared memory. */
  readonly sharedMemory: SharedMemoryOf;
  /** What the rule rewrote; empty for errors. */
  readonly changes: readonly OptionChange[];
  /** Whether a cause of this error is news, and no other diagnostic has spoken of it. */
  readonly isNews: (cause: CauseName) => boolean;
}

/** The kernel of a check; rules about kernels are silent where there is none. */
export function kernelOf({ kernel }: RuleContext): KernelFacts {
  if (kernel === undefined) throw new RangeError('there is no kernel');
  return kernel;
}

/**
 * A rule, as far as a check speaks of it. Its condition is in the checker's `assembly/`, under the same name; why it is there is
 * in its {@link RuleExplanation}.
 */
export interface RuleDescription<Name extends string = string> {
  /** Kebab case; part of the command line's contract. */
  readonly name: Name;
  readonly severity: Severity;
  readonly group: RuleGroup;
  /** The options whose values the rule reads. */
  readonly fields: readonly OptionName[];
  /** The options that an adjustment or a note may set; absent for errors. */
  readonly rewrites?: readonly OptionName[];
  /** The rule has nothing to say unless these options, which no rule rewrites, have these values. */
  readonly onlyWith?: Readonly<Partial<BatchedGemmOptions>>;
  /** One line with the numbers at fault. */
  readonly message: (context: RuleContext) => string;
  /** Changes that would satisfy it, alternatives, the nearest first. */
  readonly fixes?: (context: RuleContext) => readonly Fix[];
  /** The fields at fault, where they are fewer than those it reads. */
  readonly culprits?: (context: RuleContext) => readonly OptionName[];
}

/** A versioned list of rules, in the order in which they apply. */
export interface RuleSetDescription {
  /** `name@version`. */
  readonly name: string;
  readonly title: string;
  readonly rules: readonly RuleDescription[];
  /** Its number in the checker's module. */
  readonly number: number;
  /** Those of its rules that no set before has. They apply first, and their ids follow each other from `firstOwn` on. */
  readonly own: readonly RuleDescription[];
  readonly firstOwn: number;
  /** How its kernels lay out shared memory. */
  readonly sharedMemory: SharedMemoryOf;
}

/** New values of some options. */
export type Values = Partial<Readonly<Record<OptionName, OptionValue>>>;

/** What is written of a rule beside its name. A fix is the values that it sets, and gets its title from them. */
interface RuleFacts extends Omit<RuleDescription, 'name' | 'severity' | 'group' | 'fixes'> {
  readonly fixes?: (context: RuleContext) => readonly Values[];
}

/** Describes the rules of one group. */
function rulesOf(
  group: RuleGroup,
): <const Name extends string>(name: Name, severity: Severity, facts: RuleFacts) => RuleDescription<Name> {
  return (name, severity, { fixes, ...facts }) => ({
    name,
    severity,
    group,
    ...facts,
    ...(fixes && { fixes: (context) => fixes(context).map((values) => fixOf(context.options, values)) }),
  });
}

/** What describes a rule, of each group. */
export const ruleOfInput = rulesOf('input');
export const ruleOfSet = rulesOf('rule-set');
export const ruleOfDevice = rulesOf('device');
export const ruleOfLaunch = rulesOf('launch');

/** The fix that sets options to these values; its title names them. */
function fixOf(options: BatchedGemmOptions, values: Values): Fix {
  const changes: OptionChange[] = [];
  let title = '';
  for (const field of Object.keys(values) as OptionName[]) {
    const from = options[field];
    const to = values[field];
    if (from === to) continue;
    changes.push({ field, from, to });
    title += `${title === '' ? '' : ' and '}set ${field} to ${literal(to)}`;
  }
  return { title, changes };
}

/** A value as JSON has it. Of numbers and booleans, which most are, that is the string, and takes a fraction of the time. */
function literal(value: OptionValue): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

/** The smallest multiple of `step` that is at least `value` and positive. */
export function roundUpTo(value: number, step: number): number {
  return Math.max(1, Math.ceil(value / step)) * step;
}

/** What an adjustment did, as `epilogueTileM 96 → 128`. */
export function describeChanges(changes: readonly OptionChange[]): string {
  return changes.map(({ field, from, to }) => `${field} ${show(from)} → ${show(to)}`).join(', ');
}

function show(value: OptionValue): string {
  return value === undefined ? 'not given' : Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

/** The dimension of the output that is contiguous in memory, and what tiles it: m when transposed, else n. */
export function hiddenDimension(o: BatchedGemmOptions): {
  readonly size: 'm' | 'n';
  readonly tile: 'tileM' | 'tileN';
  readonly epilogueTile: 'epilogueTileM' | 'epilogueTileN';
  readonly mma: 'mmaM' | 'mmaN';
} {
  return o.transposeMmaOutput
    ? { size: 'm', tile: 'tileM', epilogueTile: 'epilogueTileM', mma: 'mmaM' }
    : { size: 'n', tile: 'tileN', epilogueTile: 'epilogueTileN', mma: 'mmaN' };
}
