import {
  caseSchema,
  catalogSchema,
  type JsonSchema,
  type KernelInfo,
  optionNames,
  optionsSchema,
  type Problem,
  type ProblemFile,
  problemSchema,
  type RuleSetName,
  type TargetName,
} from '@gemm-preflight/types';
import type { GivenOptions } from '../state/options.js';
import { mostBytes, tooLarge } from './brought.js';
import { InputError, type JsonNode, readJson } from './json-nodes.js';
import { faultsOf } from './validate.js';

/** A configuration of a text. */
export interface GivenCase {
  readonly label: string;
  readonly target?: TargetName;
  readonly ruleSet?: RuleSetName;
  /** The name of the compiled kernel that it is for. */
  readonly kernel?: string;
  readonly options: GivenOptions;
}

/** What a text holds. */
export type Input =
  /** One configuration, perhaps not of all options. */
  | { readonly kind: 'case'; readonly case: GivenCase; readonly missing: number }
  /** Several; those that are wrong get their diagnostics from the checker. */
  | { readonly kind: 'cases'; readonly cases: readonly GivenCase[] }
  | { readonly kind: 'problems'; readonly target?: TargetName; readonly problems: readonly Problem[] }
  | { readonly kind: 'catalog'; readonly kernels: readonly KernelInfo[] };

/**
 * Finds out what a text holds: options, cases, problems or kernels, as JSON or JSON lines.
 * @throws {InputError} in one line, with line and column, for what is none of these
 */
export function readInput(text: string): Input {
  if (text.length > mostBytes) throw new InputError(`this is ${tooLarge}`, text, 0);
  const nodes = readJson(text);
  const [node] = nodes;
  if (node === undefined) throw new InputError('there is nothing to read', text, 0);
  const list = nodes.length > 1 ? nodes : node.items;
  if (list !== undefined) return readList(list, text, node.start);
  switch (kindOf(node)) {
    case 'kernels':
      require(node, catalogSchema, text);
      return { kind: 'catalog', kernels: (node.value as { kernels: KernelInfo[] }).kernels };
    case 'problems':
      return readProblems(node, text);
    case 'kernel':
      require(node, kernelItem, text);
      return { kind: 'catalog', kernels: [node.value as KernelInfo] };
    case 'problem':
      require(node, problemItem, text);
      return { kind: 'problems', problems: [node.value as Problem] };
    case 'case': {
      const missing = require(node, caseSchema, text, true);
      return { kind: 'case', case: labelled(node.value, 'the case'), missing };
    }
    case 'options': {
      const missing = require(node, optionsSchema, text, true);
      return { kind: 'case', case: { label: 'options', options: node.value as GivenOptions }, missing };
    }
    default:
      throw new InputError(
        'this is no options, case, problem or kernel, and no list or file of them: an object with tileM, options, problems or kernels was expected',
        text,
        node.start,
      );
  }
}

const kernelItem = itemOf(catalogSchema, 'kernels');
const problemItem = itemOf(problemSchema, 'problems');
/** A case whose options may be anything: the checker has diagnostics for them. */
const caseAround: JsonSchema = {
  ...caseSchema,
  properties: { ...(caseSchema['properties'] as object), options: { type: 'object' } },
};

function itemOf(schema: JsonSchema, list: string): JsonSchema {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>>;
  return properties[list]?.['items'] as JsonSchema;
}

const namesOfProblems = Object.keys(problemItem['properties'] as object);
const namesOfProblemsAlone = namesOfProblems.filter(
  (name) => name !== 'name' && !(optionNames as readonly string[]).includes(name),
);
const namesOfOptionsAlone = optionNames.filter((name) => !namesOfProblems.includes(name));

/** What an object is, by names that nothing else has. */
function kindOf({ members }: JsonNode) {
  const has = (name: string) => members?.has(name) === true;
  if (has('kernels')) return 'kernels';
  if (has('problems')) return 'problems';
  if (has('options')) return 'case';
  if (['functionName', 'arch', 'paramsAbi'].some(has)) return 'kernel';
  if (namesOfOptionsAlone.some(has)) return 'options';
  if (namesOfProblemsAlone.some(has) || (problemItem['required'] as readonly string[]).every(has)) {
    return 'problem';
  }
  return optionNames.some(has) ? 'options' : undefined;
}

function readList(nodes: readonly JsonNode[], text: string, start: number): Input {
  const [first] = nodes;
  if (first === undefined) {
    throw new InputError('this is an empty list; there is no case to check', text, start);
  }
  const values = <T>(item: JsonSchema, path: string) =>
    nodes.map((node, i) => {
      require(node, item, text, false, `${path}[${i}]`);
      return node.value as T;
    });
  switch (kindOf(first)) {
    case 'kernel':
      return { kind: 'catalog', kernels: values<KernelInfo>(kernelItem, 'kernels') };
    case 'problem':
      return { kind: 'problems', problems: values<Problem>(problemItem, 'problems') };
    default:
      return { kind: 'cases', cases: nodes.map((one, i) => readCase(one, `case ${i + 1}`, text)) };
  }
}

function readCase(node: JsonNode, label: string, text: string): GivenCase {
  if (node.members === undefined) throw new InputError('a case is an object', text, node.start);
  const kind = kindOf(node);
  if (kind !== 'case') {
    if (kind !== undefined && kind !== 'options') {
      throw new InputError(`${label} is no case: it looks like ${nouns[kind]}`, text, node.start);
    }
    return { label, options: node.value as GivenOptions };
  }
  require(node, caseAround, text, false, label);
  return labelled(node.value, label);
}

const nouns = {
  kernels: 'a catalog of kernels',
  problems: 'a file of problems',
  kernel: 'a kernel',
  problem: 'a problem',
} as const;

function labelled(value: unknown, label: string): GivenCase {
  const { name, target, ruleSet, kernel, options } = value as Partial<GivenCase> & { readonly name?: string };
  return {
    label: name ?? label,
    ...(target !== undefined && { target }),
    ...(ruleSet !== undefined && { ruleSet }),
    ...(kernel !== undefined && { kernel }),
    options: options ?? {},
  };
}

function readProblems(node: JsonNode, text: string): Input {
  require(node, problemSchema, text);
  const { problems, target, tokensPerBatch } = node.value as ProblemFile;
  return {
    kind: 'problems',
    ...(target !== undefined && { target: target as TargetName }),
    problems: problems.map((one) => ({ ...(tokensPerBatch && { tokensPerBatch }), ...one })),
  };
}

/** Throws for the first fault in the text; what is missing may be allowed, and is counted. */
function require(node: JsonNode, schema: JsonSchema, text: string, mayLack = false, path = ''): number {
  const faults = faultsOf(node, schema, path);
  const [first, ...more] = faults.filter(({ missing }) => !(mayLack && missing)).sort((a, b) => a.at - b.at);
  if (first !== undefined) {
    const others = more.length > 0 ? ` (and ${more.length} more)` : '';
    throw new InputError(`${first.message}${others}`, text, first.at);
  }
  return faults.length;
}
