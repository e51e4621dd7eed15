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
  type TargetName,
} from '@gemm-preflight/types';
import type { GivenOptions } from '../state/options.js';
import { InputError, type JsonNode, readJson } from './json-nodes.js';
import { faultsOf } from './validate.js';

/** A configuration of a text. */
export interface GivenCase {
  readonly label: string;
  readonly target?: TargetName;
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

const mostCharacters = 32 * 1024 * 1024;

/**
 * Finds out what a text holds: options, cases, problems or a catalog, as JSON or JSON lines.
 * @throws {InputError} in one line, with line and column, for what is none of these
 */
export function readInput(text: string): Input {
  if (text.length > mostCharacters) throw new InputError('this is more than 32 MiB of text', text, 0);
  const nodes = readJson(text);
  const [node] = nodes;
  if (node === undefined) throw new InputError('there is nothing to read', text, 0);
  const list = nodes.length > 1 ? nodes : node.items;
  if (list !== undefined) return { kind: 'cases', cases: list.map((one, i) => readCase(one, i, text)) };
  const { members } = node;
  if (members?.has('kernels')) {
    require(node, catalogSchema, text);
    return { kind: 'catalog', kernels: (node.value as { kernels: KernelInfo[] }).kernels };
  }
  if (members?.has('problems')) return readProblems(node, text);
  if (members?.has('options')) {
    const missing = require(node, caseSchema, text, true);
    return { kind: 'case', case: node.value as GivenCase, missing };
  }
  if (members !== undefined && optionNames.some((name) => members.has(name))) {
    const missing = require(node, optionsSchema, text, true);
    return { kind: 'case', case: { label: 'options', options: node.value as GivenOptions }, missing };
  }
  throw new InputError(
    'this is no options, case, list of cases, file of problems or catalog: an object with tileM, options, problems or kernels was expected',
    text,
    node.start,
  );
}

function readCase(node: JsonNode, index: number, text: string): GivenCase {
  if (node.members === undefined) throw new InputError('a case is an object', text, node.start);
  const options = node.members.get('options')?.node;
  if (options === undefined) return { label: `case ${index + 1}`, options: node.value as GivenOptions };
  const { target, name } = node.value as { readonly target?: TargetName; readonly name?: unknown };
  const { properties } = caseSchema as { readonly properties: Readonly<Record<string, JsonSchema>> };
  const targetNode = node.members.get('target')?.node;
  if (targetNode && properties['target']) require(targetNode, properties['target'], text, false, 'target');
  if (options.members === undefined) throw new InputError('options are an object', text, options.start);
  return {
    label: typeof name === 'string' ? name : `case ${index + 1}`,
    ...(target !== undefined && { target }),
    options: options.value as GivenOptions,
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
