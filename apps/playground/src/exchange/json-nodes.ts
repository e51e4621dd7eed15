/** A value of a JSON text, and where it stands. */
export interface JsonNode {
  readonly value: unknown;
  /** Offsets of its first character, and of the one behind its last. */
  readonly start: number;
  readonly end: number;
  /** Of an object: its members, with the place of each name. */
  readonly members?: ReadonlyMap<string, JsonMember>;
  readonly items?: readonly JsonNode[];
}

/** A member of an object. */
export interface JsonMember {
  readonly nameAt: number;
  readonly node: JsonNode;
}

/** What keeps a text from being used, with the place: lines and columns from 1. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly line: number;
  readonly column: number;

  constructor(problem: string, text: string, offset: number) {
    const { line, column } = placeOf(text, offset);
    super(`line ${line}, column ${column}: ${problem}`);
    this.line = line;
    this.column = column;
  }
}

/** The line and column of an offset, both from 1. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/**
 * Reads a JSON text, or several that follow each other, as JSON lines do.
 * @throws {InputError} for the first thing that is wrong
 */
export function readJson(text: string): readonly JsonNode[] {
  const reader = new JsonReader(text);
  const nodes: JsonNode[] = [];
  while (!reader.atEnd()) nodes.push(reader.value(0));
  if (nodes.length === 0) throw new InputError('there is nothing to read', text, text.length);
  return nodes;
}

/** Whether a word begins with a character that is not seen, such as the space that keeps words together. */
function isInvisible(word: string): boolean {
  return /^[\s\p{C}\p{Z}]/u.test(word);
}

function codeOf(word: string): string {
  return `the invisible character U+${(word.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

const deepest = 64;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const literals: readonly (readonly [RegExp, unknown])[] = [
  [/true\b/y, true],
  [/false\b/y, false],
  [/null\b/y, null],
];

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith('\uFEFF')) this.#at = 1;
  }

  atEnd(): boolean {
    this.#skipSpace();
    return this.#at >= this.#text.length;
  }

  value(depth: number): JsonNode {
    this.#skipSpace();
    if (depth > deepest) throw this.#fault(`values are nested more than ${deepest} deep`);
    const start = this.#at;
    const char = this.#text[start];
    if (char === '{') return this.#object(depth);
    if (char === '[') return this.#array(depth);
    const value = char === '"' ? this.#string() : this.#scalar();
    return { value, start, end: this.#at };
  }

  #object(depth: number): JsonNode {
    const start = this.#at++;
    const members = new Map<string, JsonMember>();
    while (!this.#closes('}', members.size > 0)) {
      const nameAt = this.#at;
      if (this.#text[nameAt] !== '"') throw this.#fault('a name in double quotes was expected');
      const name = this.#string();
      if (members.has(name)) throw new InputError(`"${name}" is given twice`, this.#text, nameAt);
      this.#skipSpace();
      if (this.#text[this.#at] !== ':') throw this.#fault(`a colon was expected after "${name}"`);
      this.#at++;
      members.set(name, { nameAt, node: this.value(depth + 1) });
    }
    const value = Object.fromEntries([...members].map(([name, { node }]) => [name, node.value]));
    return { value, start, end: this.#at, members };
  }

  #array(depth: number): JsonNode {
    const start = this.#at++;
    const items: JsonNode[] = [];
    while (!this.#closes(']', items.length > 0)) items.push(this.value(depth + 1));
    return { value: items.map(({ value }) => value), start, end: this.#at, items };
  }

  /** Takes the end of an object or a list, or the comma before its next entry. */
  #closes(end: '}' | ']', afterEntry: boolean): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] === end) {
      this.#at++;
      return true;
    }
    if (!afterEntry) return false;
    if (this.#text[this.#at] !== ',') throw this.#fault(`a comma or "${end}" was expected`);
    const comma = this.#at++;
    this.#skipSpace();
    if (this.#text[this.#at] === end) {
      throw new InputError(`nothing follows this comma; JSON has none before "${end}"`, this.#text, comma);
    }
    return false;
  }

  #string(): string {
    const start = this.#at;
    const [token] = this.#match(/"(?:[^"\\\n\r]|\\.)*"/y) ?? [];
    if (token === undefined) throw this.#fault('this text has no closing quote');
    try {
      return JSON.parse(token);
    } catch {
      throw new InputError('this text has an escape or a character that JSON has not', this.#text, start);
    }
  }

  #scalar(): unknown {
    const [token] = this.#match(numberPattern) ?? [];
    if (token !== undefined) {
      const number = Number(token);
      if (Number.isFinite(number)) return number;
      throw new InputError(
        `${token} is larger than any number that can be kept`,
        this.#text,
        this.#at - token.length,
      );
    }
    for (const [pattern, value] of literals) {
      if (this.#match(pattern)) return value;
    }
    if (this.#at >= this.#text.length) throw this.#fault('the text ends where a value was expected');
    const [word = this.#text[this.#at] ?? ''] =
      /[^\s,:[\]{}"]+/y.exec(this.#text.slice(this.#at, this.#at + 40)) ?? [];
    throw this.#fault(isInvisible(word) ? `${codeOf(word)} is no space of JSON` : `${word} is no JSON value`);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #fault(problem: string): InputError {
    return new InputError(problem, this.#text, this.#at);
  }
}
