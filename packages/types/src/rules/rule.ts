import type { CauseName } from '../causes.js';
import type { Fix, OptionChange, Severity } from '../diagnostic.js';
import type { KernelFacts } from '../kernel.js';
import type { BatchedGemmOptions, OptionName, OptionValue } from '../options.js';
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
  /** What the rule rewrote; empty for errors. */
  readonly changes: readonly OptionChange[];
  /** Whether a cause of this error is news, and no other diagnostic has spoken of it. */
  readonly isNews: (cause: CauseName) => boolean;
}

/** The kernel of a check; rules about kernels are silent where there is none. */
export function kernelOf({ kernel }: RuleContext): KernelFacts {
  if (kernel === undefined) throw new RangeError('the check was told of no kernel');
  return kernel;
}

/** A rule, described for people and tools. Its condition is in the checker's `assembly/`, under the same name. */
export interface RuleDescription {
  /** Kebab case; part of the command line's contract. */
  readonly name: string;
  readonly severity: Severity;
  readonly group: RuleGroup;
  /** The options whose values the rule reads. */
  readonly fields: readonly OptionName[];
  /** The options that an adjustment or a note may set; absent for errors. */
  readonly rewrites?: readonly OptionName[];
  /** The rule has nothing to say unless these options, which no rule rewrites, have these values. */
  readonly onlyWith?: Readonly<Partial<BatchedGemmOptions>>;
  /** What the rule demands, or does, in one line. */
  readonly summary: string;
  /** Why: the hardware's or the kernels' reason. */
  readonly reason: string;
  /** Where the reason can be looked up: a section of a public document, or the kernels that are built so. */
  readonly source?: string;
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
}

/** Describes the rules of one group. */
export function rulesOf(
  group: RuleGroup,
): (
  name: string,
  severity: Severity,
  rest: Omit<RuleDescription, 'name' | 'severity' | 'group'>,
) => RuleDescription {
  return (name, severity, rest) => ({ name, severity, group, ...rest });
}

/** A fix that sets one option. */
export function setOption(options: BatchedGemmOptions, field: OptionName, to: OptionValue): Fix {
  const from = options[field];
  return fixOf(from === to ? [] : [{ field, from, to }]);
}

/** A fix that sets several options together. */
export function setOptions(
  options: BatchedGemmOptions,
  values: Partial<Record<OptionName, OptionValue>>,
): Fix {
  const changes: OptionChange[] = [];
  for (const field of Object.keys(values) as OptionName[]) {
    const from = options[field];
    const to = values[field];
    if (from !== to) changes.push({ field, from, to });
  }
  return fixOf(changes);
}

/** A fix of these changes, with a title that names them. */
function fixOf(changes: readonly OptionChange[]): Fix {
  let title = '';
  for (const { field, to } of changes)
    title += `${title === '' ? '' : ' and '}set ${field} to ${literal(to)}`;
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
