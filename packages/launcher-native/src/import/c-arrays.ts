import { CubinError } from '../cubin/cubin-error.js';
import { parseNumbers } from './c-numbers.js';
import { lineCounter, withoutTexts } from './c-source.js';

/** An array of numbers in a C or C++ source, as the bytes that it is in memory. */
export interface CArray {
  readonly name: string;
  /** Where it is declared, from 1. */
  readonly line: number;
  readonly bytes: Uint8Array;
}

/** `NAME[…] = {`, with at most an attribute in between. */
const declaration =
  /(?<!\w)([A-Za-z_]\w*)\s*\[[^\]{};]{0,80}\]\s*(?:__attribute__\s*\(\([^;{}]{0,80}\)\)\s*)?=\s*\{/g;

/** `NAME_len = 123`, `NAME_size = 0x7b`. */
const lengthOf = /(?<!\w)([A-Za-z_]\w*_(?:len|size))\s*=\s*(0[xX][\da-fA-F]+|\d+)/g;

/** How far before its name the type of an array begins. */
const typeReach = 200;

/** Bytes of the elements, by a word of their type: the first that is found counts. */
const elementTypes: readonly (readonly [word: RegExp, bytes: number])[] = [
  [/\b(?:char|u?int8_t|byte)\b/, 1],
  [/\b(?:short|u?int16_t)\b/, 2],
  [/\b(?:long|u?int64_t|size_t)\b/, 8],
  [/\b(?:unsigned|int|u?int32_t)\b/, 4],
];

/**
 * Reads the arrays of numbers in a C or C++ source: hexadecimal, decimal, octal and binary, characters; elements of 1, 2, 4 or 8
 * bytes, little-endian. Where the source has a `NAME_len` or `NAME_size`, that is the length in bytes. Arrays of other
 * things, such as structures, are left out.
 * @throws {CubinError} with the line, when a number does not fit its type, or a length contradicts the array
 */
export function readCArrays(source: string): readonly CArray[] {
  const code = withoutTexts(source);
  const lengths = new Map<string, number>();
  for (const [, name = '', length] of code.matchAll(lengthOf)) lengths.set(name, Number(length));
  const arrays: CArray[] = [];
  const lineOf = lineCounter(code);
  for (const match of code.matchAll(declaration)) {
    const [whole, name = ''] = match;
    const width = elementBytes(code.slice(Math.max(0, match.index - typeReach), match.index));
    if (width === undefined) continue;
    const line = lineOf(match.index);
    const bytes = parseNumbers(code, match.index + whole.length, width, `${name} in line ${line}`);
    if (bytes === undefined) continue;
    arrays.push({ name, line, bytes: cut(bytes, name, width, lengths) });
  }
  return arrays;
}

/** Of the text before the name, what follows the last statement or block is the type. */
function elementBytes(before: string): number | undefined {
  const type = before.slice(Math.max(...[';', '{', '}', ')'].map((mark) => before.lastIndexOf(mark))) + 1);
  return elementTypes.find(([word]) => word.test(type))?.[1];
}

/** Wider elements fill up their last one: the length in bytes tells where the contents end. */
function cut(
  bytes: Uint8Array,
  name: string,
  width: number,
  lengths: ReadonlyMap<string, number>,
): Uint8Array {
  const bare = name.replace(/_data$/, '');
  const names = [`${name}_len`, `${bare}_len`, `${name}_size`, `${bare}_size`];
  const given = names.find((candidate) => lengths.has(candidate));
  const length = given === undefined ? undefined : lengths.get(given);
  if (length === undefined) return bytes;
  if (length <= bytes.length && bytes.length - length < width) return bytes.subarray(0, length);
  throw new CubinError(`${given} says ${length} bytes, ${name} has ${bytes.length}`);
}
