import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { countNames, countNamesInText } from './count-names.js';
import { type Region, TextLines } from './text-lines.js';

/** Names and indices that lead from a document's root to a value. */
export type JsonPath = readonly (string | number)[];

/** The value of a document, or where and why it is none. */
export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly region: Region; readonly fault: string };

/** What of a value to mark: its name and itself, itself alone, or its first character (the brace of an object). */
export type JsonPart = 'member' | 'value' | 'start';

/** Configurations nest four deep. What nests deeper than this is none, and would overflow the stack of who writes it. */
const deepest = 64;

/** How much of a name is shown. */
const longestName = 60;

const strictly = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false } as const;

const faults: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no JSON value',
  InvalidNumberFormat: 'this is no JSON number',
  PropertyNameExpected: 'a name in double quotes is expected',
  ValueExpected: 'a value is expected',
  ColonExpected: 'a colon is expected',
  CommaExpected: 'a comma is expected',
  CloseBraceExpected: 'a closing brace is expected',
  CloseBracketExpected: 'a closing bracket is expected',
  EndOfFileExpected: 'the JSON value has ended, and more text follows',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'JSON has no comments',
  UnexpectedEndOfString: 'a string is not closed',
  UnexpectedEndOfNumber: 'a number breaks off',
  InvalidUnicode: 'a \\u escape needs four hexadecimal digits',
  InvalidEscapeCharacter: 'there is no such escape',
  InvalidCharacter: 'a control character has to be escaped',
};

/** JSON as text, with the places of its values. Strict: no comments, no trailing commas. */
export class JsonSource {
  readonly #text: string;
  readonly #lines: TextLines;
  #tree: Node | undefined;

  /** @param firstLine the number of the text's first line, where it is part of a longer text */
  constructor(text: string, firstLine = 1) {
    this.#text = text;
    this.#lines = new TextLines(text, firstLine);
  }

  /** Reads the value. */
  parse(): ParsedJson {
    try {
      const value: unknown = JSON.parse(this.#text);
      if (nestsDeeper(value, deepest)) {
        return { ok: false, region: this.beginning, fault: `values are nested more than ${deepest} deep` };
      }
      // Of two members of one name JSON.parse takes the last, and says nothing.
      if (countNamesInText(this.#text) !== countNames(value)) return this.#repeatedName();
      return { ok: true, value };
    } catch {
      if (this.#text.trim() === '')
        return { ok: false, region: this.beginning, fault: 'there is nothing here' };
      const error = this.#firstFault();
      const fault = error && faults[printParseErrorCode(error.error)];
      const region = this.#lines.regionOf(error?.offset ?? 0, error?.length ?? 0);
      return { ok: false, region, fault: fault ?? 'this is no JSON' };
    }
  }

  /** Where a value stands; undefined where the path leads nowhere. */
  regionOf(path: JsonPath, part: JsonPart = 'member'): Region | undefined {
    this.#tree ??= this.#parseTree([]);
    const value = this.#tree && findNodeAtLocation(this.#tree, [...path]);
    if (value === undefined) return undefined;
    const node = part === 'member' && value.parent?.type === 'property' ? value.parent : value;
    return this.#lines.regionOf(node.offset, part === 'start' ? 1 : node.length);
  }

  /** The first character: a place for what has none. */
  get beginning(): Region {
    return this.#lines.regionOf(0, Math.min(1, this.#text.length));
  }

  #repeatedName(): ParsedJson {
    this.#tree ??= this.#parseTree([]);
    const [first, second] = (this.#tree && findRepeated(this.#tree)) ?? [];
    if (first === undefined || second === undefined)
      return { ok: false, region: this.beginning, fault: 'a name is given twice' };
    const { startLine, startColumn } = this.#lines.regionOf(first.offset, first.length);
    const name = JSON.stringify(first.value);
    const shown = name.length > longestName ? `${name.slice(0, longestName)}…` : name;
    const fault = `${shown} is given twice, first at ${startLine}:${startColumn}`;
    return { ok: false, region: this.#lines.regionOf(second.offset, second.length), fault };
  }

  #firstFault(): ParseError | undefined {
    const errors: ParseError[] = [];
    this.#parseTree(errors);
    return errors[0];
  }

  /** This parser recurses: for text that is nested too deeply for it, there are no places. */
  #parseTree(errors: ParseError[]): Node | undefined {
    try {
      return parseTree(this.#text, errors, strictly);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }
}

/** The names of the first two members of one object that are the same. */
function findRepeated({ type, children = [] }: Node): readonly [Node, Node] | undefined {
  const names = new Map<unknown, Node>();
  for (const child of children) {
    const name = type === 'object' ? child.children?.[0] : undefined;
    const before = name && names.get(name.value);
    if (name !== undefined && before !== undefined) return [before, name];
    if (name !== undefined) names.set(name.value, name);
    const within = findRepeated(child);
    if (within !== undefined) return within;
  }
  return undefined;
}

function nestsDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  for (const name in value) {
    if (nestsDeeper((value as Readonly<Record<string, unknown>>)[name], depth - 1)) return true;
  }
  return false;
}
