import {
  type BatchedGemmOptions,
  baseRules,
  type CauseName,
  causes,
  type Diagnostic,
  diagnosticRecord,
  type KernelFacts,
  type OptionChange,
  type OptionName,
  type OptionValue,
  type RuleContext,
  type RuleDescription,
  type RuleSetDescription,
  resultRecord,
  slotOf,
  type Target,
} from '@gemm-preflight/types';
import type { CheckerInstance } from './instance.js';
import { readChange } from './read-change.js';

/** The findings of a check, and the options as the rules left them. */
export interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  readonly options: BatchedGemmOptions;
}

/**
 * Reads the diagnostics of the result record. The record holds changes, not values: replaying them over the input
 * gives every rule's message the values that the rule saw.
 */
export function readFindings(
  instance: CheckerInstance,
  input: BatchedGemmOptions,
  target: Target,
  kernel: KernelFacts | undefined,
  ruleSet: RuleSetDescription,
): Findings {
  const options = { ...input } as Record<OptionName, OptionValue> & BatchedGemmOptions;
  const { i32 } = instance;
  const { sharedMemory } = ruleSet;
  const first = instance.resultSlot + resultRecord.diagnostics;
  const count = i32[instance.resultSlot + resultRecord.numDiagnostics] ?? 0;
  const diagnostics: Diagnostic[] = [];
  for (let i = 0; i < count; i++) {
    const at = first + i * diagnosticRecord.slots;
    const changes = readChanges(instance, at, options);
    const news = i32[at + diagnosticRecord.causes] ?? 0;
    const isNews = (cause: CauseName) => ((news >> causes.indexOf(cause)) & 1) !== 0;
    diagnostics.push(
      describe(ruleOf(i32[at + diagnosticRecord.rule] ?? 0, ruleSet), {
        options,
        target,
        kernel,
        sharedMemory,
        changes,
        isNews,
      }),
    );
    for (const { field, to } of changes) (options as Record<OptionName, OptionValue>)[field] = to;
  }
  return { diagnostics, options };
}

/** Whether a rule is among the result record's diagnostics. */
export function reports(
  { i32, resultSlot }: CheckerInstance,
  rule: string,
  ruleSet: RuleSetDescription,
): boolean {
  const first = resultSlot + resultRecord.diagnostics + diagnosticRecord.rule;
  const count = i32[resultSlot + resultRecord.numDiagnostics] ?? 0;
  for (let i = 0; i < count; i++)
    if (ruleOf(i32[first + i * diagnosticRecord.slots] ?? 0, ruleSet).name === rule) return true;
  return false;
}

function ruleOf(id: number, { own, firstOwn }: RuleSetDescription): RuleDescription {
  const rule = baseRules[id] ?? own[id - firstOwn];
  if (rule === undefined) throw new RangeError(`the catalog has no rule ${id}`);
  return rule;
}

function describe(rule: RuleDescription, context: RuleContext): Diagnostic {
  const { name, severity } = rule;
  const fields = rule.culprits?.(context) ?? rule.fields;
  const message = rule.message(context);
  // Each is written out: to spread a head that they share takes several times as long.
  if (severity !== 'error') return { rule: name, severity, message, fields, changes: context.changes };
  const fixes = rule.fixes?.(context);
  return fixes !== undefined && fixes.length > 0
    ? { rule: name, severity, message, fields, fixes }
    : { rule: name, severity, message, fields };
}

function readChanges(
  instance: CheckerInstance,
  at: number,
  before: BatchedGemmOptions,
): readonly OptionChange[] {
  const { i32 } = instance;
  const changes: OptionChange[] = [];
  const count = i32[at + diagnosticRecord.numChanges] ?? 0;
  for (let i = 0; i < count; i++) {
    const change = at + diagnosticRecord.changes + i * 3;
    const slot = i32[change] ?? 0;
    const to = readChange(slot, i32[change + 2] ?? 0);
    // A list changes its start and its count; the start speaks for both.
    if (to === undefined) continue;
    const { field } = to;
    const isList = field === 'batchedM' || field === 'batchedN';
    changes.push({ field, from: before[field], to: isList ? readList(instance, field) : to.value });
  }
  return changes;
}

/** A list of the option record. */
function readList(instance: CheckerInstance, field: OptionName): readonly number[] {
  const { i32, poolSlot, optionsSlot } = instance;
  const slot = optionsSlot + slotOf(field);
  const start = poolSlot + (i32[slot] ?? 0);
  return Array.from(i32.subarray(start, start + (i32[slot + 1] ?? 0)));
}
