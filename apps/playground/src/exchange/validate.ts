import { suggestion } from '@gemm-preflight/checker-wasm';
import type { JsonSchema } from '@gemm-preflight/types';
import type { JsonNode } from './json-nodes.js';

/** Where a value is not what a schema asks for. */
export interface Fault {
  readonly at: number;
  readonly message: string;
  /** Something required is not there. */
  readonly missing?: true;
}

/** Holds a value against a schema, as far as the schemas of `@gemm-preflight/types` go. */
export function faultsOf(node: JsonNode, schema: JsonSchema, path = ''): readonly Fault[] {
  const { value, start } = node;
  const name = path === '' ? 'the value' : path;
  const fault = (message: string): readonly Fault[] => [{ at: start, message: `${name} ${message}` }];
  const type = schema['type'];
  const actual = typeOf(value);
  if (type !== undefined && type !== actual && !(type === 'number' && actual === 'integer')) {
    return fault(`is ${shown(value)}, where ${article(String(type))} is wanted`);
  }
  const choices = schema['enum'];
  if (Array.isArray(choices) && !choices.includes(value)) {
    const near = typeof value === 'string' ? suggestion(value, choices.map(String)) : '';
    return fault(`is ${shown(value)}, which is none of ${choices.join(', ')}${near}`);
  }
  if (typeof value === 'number') {
    const { minimum, maximum } = schema as { readonly minimum?: number; readonly maximum?: number };
    if (minimum !== undefined && value < minimum)
      return fault(`is ${value}, and must be at least ${minimum}`);
    if (maximum !== undefined && value > maximum) return fault(`is ${value}, and must be at most ${maximum}`);
  }
  if (typeof value === 'string') {
    if (value.length < Number(schema['minLength'] ?? 0)) return fault('is empty');
    const pattern = schema['pattern'];
    if (typeof pattern === 'string' && !new RegExp(pattern).test(value)) {
      return fault(`is ${shown(value)}, which does not match ${pattern}`);
    }
  }
  if (node.items !== undefined) {
    if (node.items.length < Number(schema['minItems'] ?? 0)) return fault('is an empty list');
    const items = schema['items'] as JsonSchema | undefined;
    if (items === undefined) return [];
    return node.items.flatMap((item, i) => faultsOf(item, items, `${path}[${i}]`));
  }
  return node.members === undefined ? [] : memberFaults(node, schema, path, name);
}

function memberFaults(node: JsonNode, schema: JsonSchema, path: string, name: string): readonly Fault[] {
  const members = node.members ?? new Map();
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema['required'] ?? []) as readonly string[];
  const found: Fault[] = [];
  for (const [member, { nameAt, node: child }] of members) {
    const own = Object.hasOwn(properties, member) ? properties[member] : undefined;
    if (own !== undefined) found.push(...faultsOf(child, own, path === '' ? member : `${path}.${member}`));
    else if (schema['additionalProperties'] === false) {
      const near = suggestion(member, Object.keys(properties));
      found.push({ at: nameAt, message: `${name} has no ${JSON.stringify(member)}${near}` });
    }
  }
  for (const one of required) {
    if (!members.has(one)) found.push({ at: node.start, message: `${name} lacks ${one}`, missing: true });
  }
  return found;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function article(type: string): string {
  const words: Readonly<Record<string, string>> = {
    array: 'a list',
    integer: 'a whole number',
    boolean: 'true or false',
    string: 'a text',
    object: 'an object',
  };
  return words[type] ?? `a ${type}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
