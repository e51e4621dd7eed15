import { suggestion } from '@gemm-preflight/checker-wasm';
import {
  type Diagnostic,
  isRuleSetName,
  isTargetName,
  optionNames,
  type RuleSetName,
  ruleSetNames,
  type TargetName,
  targetNames,
} from '@gemm-preflight/types';
import { fileKindOf, nounOf } from './file-kind.js';
import type { JsonPart, JsonPath } from './json-source.js';
import { unknownName } from './names.js';
import type { Region } from './text-lines.js';

/** Where a case stands. */
export interface CasePlace {
  /** As the user named it; undefined for the standard input. */
  readonly file: string | undefined;
  /** Where the case starts. */
  readonly start: () => Region;
  /** The place of an option, or of another field of the case; undefined where it has no such field. */
  readonly regionOf: (field: string, part?: JsonPart) => Region | undefined;
  /** Leads to the options in the document. */
  readonly optionsPath: JsonPath;
}

/** A configuration to check, as somebody wrote it. */
export interface Case {
  /** Its name, or its position. */
  readonly label: string;
  readonly name: string | undefined;
  /** Its own target. */
  readonly target: TargetName | undefined;
  /** Its own rule set. */
  readonly ruleSet: RuleSetName | undefined;
  /** The name of the kernel that the options are for. */
  readonly kernel: string | undefined;
  /** What stands where the options should; null where nothing does. */
  readonly options: unknown;
  /** What is wrong with the case around its options; empty if it can be checked. */
  readonly faults: readonly Diagnostic[];
  readonly place: CasePlace;
}

/** What a JSON value says as a case, wherever it stands. */
export type CaseContent = Pick<Case, 'name' | 'target' | 'ruleSet' | 'kernel' | 'options' | 'faults'> & {
  /** The options are the value itself, not a member of it. */
  readonly bare: boolean;
};

const caseFields = ['$schema', 'name', 'target', 'ruleSet', 'kernel', 'options'] as const;
const shape = '{"target": "b200", "options": {…}}';

/** A diagnostic of the rule `invalid-input`. */
export function invalidInput(message: string, ...fields: string[]): Diagnostic {
  return { rule: 'invalid-input', severity: 'error', message, fields };
}

/** Options that nothing is said about. */
function bare(options: unknown, faults: readonly Diagnostic[] = []): CaseContent {
  const none = { name: undefined, target: undefined, ruleSet: undefined, kernel: undefined };
  return { ...none, options, faults, bare: true };
}

/** A case that cannot be read. */
export function unreadable(message: string): CaseContent {
  return bare(null, [invalidInput(message)]);
}

/** Reads a case, `{"target": …, "options": {…}}`, or bare options. */
export function readCase(value: unknown): CaseContent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return unreadable(`a case is an object such as ${shape}, and this is ${kindOf(value)}`);
  }
  const kind = fileKindOf(value);
  if (kind !== undefined && kind !== 'case') {
    return unreadable(`a case is an object such as ${shape}, and this is ${nounOf(kind)}`);
  }
  const given = value as Readonly<Record<string, unknown>>;
  const isCase = caseFields.some((name) => name !== '$schema' && Object.hasOwn(given, name));
  if (!isCase) return bare(withoutSchema(given));
  const { name, target, ruleSet, kernel, options } = given;
  return {
    name: typeof name === 'string' ? name : undefined,
    target: isTargetName(target) ? target : undefined,
    ruleSet: isRuleSetName(ruleSet) ? ruleSet : undefined,
    kernel: typeof kernel === 'string' ? kernel : undefined,
    options: options ?? null,
    faults: [
      ...faultsOfFields(given),
      ...faultsOfName(name),
      ...faultsOfTarget(target),
      ...faultsOfRuleSet(ruleSet),
      ...faultsOfKernel(kernel),
    ],
    bare: false,
  };
}

function faultsOfFields(given: Readonly<Record<string, unknown>>): readonly Diagnostic[] {
  const hasOptions = Object.hasOwn(given, 'options');
  const unknown = Object.keys(given).filter((name) => !(caseFields as readonly string[]).includes(name));
  const isOption = (name: string) => (optionNames as readonly string[]).includes(name);
  if (!hasOptions && unknown.some(isOption)) {
    return [invalidInput(`a case keeps its options in "options": ${shape}`, 'options')];
  }
  return [
    ...unknown.map((name) =>
      invalidInput(`a case has no field "${name}"${suggestion(name, caseFields)}`, name),
    ),
    ...(hasOptions ? [] : [invalidInput(`"options" is missing; a case is ${shape}`, 'options')]),
  ];
}

function faultsOfName(name: unknown): readonly Diagnostic[] {
  if (name === undefined || typeof name === 'string') return [];
  return [invalidInput(`the case’s name is ${kindOf(name)}; it must be a text`, 'name')];
}

function faultsOfTarget(target: unknown): readonly Diagnostic[] {
  if (target === undefined || isTargetName(target)) return [];
  if (typeof target === 'string') return [invalidInput(unknownName('target', target, targetNames), 'target')];
  return [invalidInput(`the case’s target is ${kindOf(target)}; it must be a name such as "b200"`, 'target')];
}

function faultsOfRuleSet(ruleSet: unknown): readonly Diagnostic[] {
  if (ruleSet === undefined || isRuleSetName(ruleSet)) return [];
  if (typeof ruleSet === 'string') {
    return [invalidInput(unknownName('rule set', ruleSet, ruleSetNames), 'ruleSet')];
  }
  const [example] = ruleSetNames;
  return [
    invalidInput(
      `the case’s rule set is ${kindOf(ruleSet)}; it must be a name such as "${example}"`,
      'ruleSet',
    ),
  ];
}

/** Whether there is such a kernel, the catalogs know. */
function faultsOfKernel(kernel: unknown): readonly Diagnostic[] {
  if (kernel === undefined || typeof kernel === 'string') return [];
  return [
    invalidInput(
      `the case’s kernel is ${kindOf(kernel)}; it must be the name of a kernel in a catalog`,
      'kernel',
    ),
  ];
}

/** Editors find a schema by this field; it is no option. */
function withoutSchema(given: Readonly<Record<string, unknown>>): unknown {
  if (!Object.hasOwn(given, '$schema')) return given;
  const { $schema: _, ...options } = given;
  return options;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object'
    ? 'an object'
    : `the ${typeof value} ${JSON.stringify(value).slice(0, 40)}`;
}
