import { CubinError } from '../cubin/cubin-error.js';

/**
 * Comments and literals of C. Every alternative also takes an end of the text for its own, so that no text makes the search
 * start over again and again.
 */
const commentOrLiteral =
  /\/\/(?:[^\n\\]|\\[\s\S])*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?/g;

/** The source with blanks for what comments and strings say: all else keeps its place and its line. */
export function withoutTexts(source: string): string {
  return source.replace(commentOrLiteral, (found) => {
    if (found.startsWith("'")) return found;
    return found.replace(found.startsWith('"') ? /[^\n"]/g : /[^\n]/g, ' ');
  });
}

/** Tells the lines, from 1, in which characters stand; to be asked from the front to the back. */
export function lineCounter(source: string): (offset: number) => number {
  let line = 1;
  let next = source.indexOf('\n');
  return (offset) => {
    for (; next >= 0 && next < offset; next = source.indexOf('\n', next + 1)) line++;
    return line;
  };
}

/** A part of an initialiser: what stands between commas, or a list in braces. */
export type CToken =
  | { readonly kind: 'string' | 'number' | 'name' | 'mark'; readonly text: string }
  | { readonly kind: 'label'; readonly text: string }
  | CList;

/** A list in braces: its items, each the tokens between two commas. */
export interface CList {
  readonly kind: 'list';
  readonly items: readonly (readonly CToken[])[];
}

/** A label, which is a comment such as mTileM before its value; a string, a number, a name with its namespaces, or one mark. */
const token =
  /\/\*\s*(m[A-Z]\w*)\s*\*\/|\/\/(?:[^\n\\]|\\[\s\S])*|\/\*[\s\S]*?(?:\*\/|$)|^[ \t]*#(?:[^\n\\]|\\[\s\S])*|"((?:[^"\\\n]|\\[\s\S])*)"?|(-?\d[\w.]*)|([A-Za-z_]\w*(?:::\w+)*)|(\S)/gm;

/** Initialisers are not nested deeper than this. */
const deepest = 64;

/**
 * The whole source as one list. Preprocessor lines are left out: of `#ifdef` both branches are read.
 * @throws {CubinError} when braces are nested too deeply
 */
export function parseLists(source: string): CList {
  const open: CToken[][][] = [[[]]];
  for (const [, label, string, number, name, mark] of source.matchAll(token)) {
    const items = open.at(-1) ?? [];
    if (mark === '{') {
      if (open.length === deepest) throw new CubinError(`braces are nested more than ${deepest} deep`);
      open.push([[]]);
    } else if (mark === '}') {
      if (open.length > 1) close(open);
    } else if (mark === ',') items.push([]);
    else if (label !== undefined) items.at(-1)?.push({ kind: 'label', text: label });
    else if (string !== undefined) items.at(-1)?.push({ kind: 'string', text: string });
    else if (number !== undefined) items.at(-1)?.push({ kind: 'number', text: number });
    else if (name !== undefined) items.at(-1)?.push({ kind: 'name', text: name });
    else if (mark !== undefined) items.at(-1)?.push({ kind: 'mark', text: mark });
  }
  while (open.length > 1) close(open);
  return { kind: 'list', items: open[0] ?? [] };
}

function close(open: CToken[][][]): void {
  const items = open.pop() ?? [];
  open.at(-1)?.at(-1)?.push({ kind: 'list', items });
}

/** All lists of a list, the outer before the inner. */
export function* listsIn(list: CList): Generator<CList> {
  yield list;
  for (const item of list.items) {
    for (const part of item) if (part.kind === 'list') yield* listsIn(part);
  }
}
