import { type Diagnostic, optionNames } from '@gemm-preflight/types';

// What one rule says of many configurations. A message names the values of one: "k 1000 is no multiple of tileK 64; 40 are left
// over". Where messages differ in values of options alone, they say the same of all: "k 1000 is no multiple of tileK 64 or 128".
// What follows a semicolon are details, which say something of all where they are the same.

/** More ways than these to break a rule are not told apart. */
const mostWays = 2;

/** What a rule says of all that it refuses, in one clause. The first error is quoted where no clause is true of all. */
export function claimOf(errors: readonly Diagnostic[]): string {
  const messages = [...new Set(errors.map(({ message }) => message))].map(readMessage);
  const ways = waysOf(messages);
  const [first] = errors;
  if (first !== undefined && !(ways.length <= mostWays && ways.every(isEveryCombination))) {
    return `${first.rule} is broken, as in: ${first.message}`;
  }
  const [details = '', ...others] = new Set(messages.map(({ details }) => details));
  const claim = ways.map(inWords).join(', or ');
  return details !== '' && others.length === 0 ? `${claim}; ${details}` : claim;
}

/** A message taken apart. */
interface Message {
  /** What stands before, between and behind the values. */
  readonly texts: readonly string[];
  readonly values: readonly string[];
  readonly details: string;
}

/** Messages that differ in values alone. */
type Way = readonly Message[];

/** The value behind the name of an option: `64` of "tileM 64", `Fp32` of "dtypeAcc is Fp32". */
const namedValue = new RegExp(`(?<=\\b(?:${optionNames.join('|')})(?: is)? )(-?\\d+|[A-Z]\\w*)`);

function readMessage(message: string): Message {
  const [head = '', ...details] = message.split('; ');
  // What splits is in the result, too: texts and values take turns.
  const parts = head.split(namedValue);
  const texts = parts.filter((_, i) => i % 2 === 0);
  return { texts, values: parts.filter((_, i) => i % 2 === 1), details: details.join('; ') };
}

function waysOf(messages: readonly Message[]): readonly Way[] {
  const ways = new Map<string, Message[]>();
  for (const message of messages) {
    const key = JSON.stringify(message.texts);
    ways.set(key, [...(ways.get(key) ?? []), message]);
  }
  return [...ways.values()];
}

/** The different values at each place, the smallest number first. */
function valuesOf(way: Way): readonly (readonly string[])[] {
  const places = way[0]?.values ?? [];
  return places.map((_, place) => {
    const different = [...new Set(way.map(({ values }) => values[place] ?? ''))];
    return different.sort((a, b) => Number(a) - Number(b));
  });
}

/** Whether each value at one place goes with each at the others: only then can they be listed apart. */
function isEveryCombination(way: Way): boolean {
  const different = new Set(way.map(({ values }) => values.join())).size;
  return different === valuesOf(way).reduce((product, { length }) => product * length, 1);
}

function inWords(way: Way): string {
  const lists = valuesOf(way).map(listed);
  return (way[0]?.texts ?? []).map((text, i) => `${text}${lists[i] ?? ''}`).join('');
}

/** `64`, `64 or 128`, `8, 16, … or 256`. */
function listed(values: readonly string[]): string {
  const last = values.at(-1) ?? '';
  if (values.length < 2) return last;
  const before = values.length > 4 ? [...values.slice(0, 2), '…'] : values.slice(0, -1);
  return `${before.join(', ')} or ${last}`;
}
