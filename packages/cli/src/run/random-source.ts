import { type CodedDtype, type Codes, encodeAll } from './codes.js';

/** Random bits that a seed determines (xoshiro128**, seeded through splitmix32). */
export class RandomBits {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    let x = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[i] = z ^ (z >>> 15);
    }
  }

  /** Fills an array with random bits. */
  fill(words: Uint32Array): void {
    let [a = 0, b = 0, c = 0, d = 0] = this.#state;
    for (let i = 0; i < words.length; i++) {
      words[i] = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = rotateLeft(d, 11);
    }
    this.#state.set([a, b, c, d]);
  }

  /** 32 random bits, as an unsigned number. */
  next(): number {
    const word = new Uint32Array(1);
    this.fill(word);
    return word[0] ?? 0;
  }

  /** A number from a normal distribution with mean 0 and variance 1 (Box–Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.next() + 1) / 2 ** 32));
    return radius * Math.cos((2 * Math.PI * this.next()) / 2 ** 32);
  }
}

function rotateLeft(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** Entries of the table that codes are drawn from: as many as 16 bits can choose among. */
const tableLength = 1 << 16;
const chunkWords = 1 << 14;

/**
 * Fills an array with codes of normally distributed values. Draws from a table of 65,536 such codes, made anew from the
 * source, so that half a gigabyte takes about a second.
 */
export function fillCodes(dtype: CodedDtype, codes: Codes, random: RandomBits): void {
  const values = Float32Array.from({ length: tableLength }, () => random.normal());
  const table = dtype === 'E4m3' ? new Uint8Array(tableLength) : new Uint16Array(tableLength);
  encodeAll(dtype, values, table);
  fillFrom(table, codes, random);
}

/** What fills arrays with normally distributed values, drawn in the same way; the table is made once. */
export function normalFiller(random: RandomBits): (values: Float32Array) => void {
  const table = Float32Array.from({ length: tableLength }, () => random.normal());
  return (values) => fillFrom(table, values, random);
}

function fillFrom(table: Codes | Float32Array, target: Codes | Float32Array, random: RandomBits): void {
  const words = new Uint32Array(chunkWords);
  const halves = new Uint16Array(words.buffer);
  for (let at = 0; at < target.length; at += halves.length) {
    random.fill(words);
    const end = Math.min(halves.length, target.length - at);
    for (let i = 0; i < end; i++) target[at + i] = table[halves[i] ?? 0] ?? 0;
  }
}
