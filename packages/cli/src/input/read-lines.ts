import type { Readable } from 'node:stream';
import { cannotRead } from './read-text.js';

/** A line of a text that is read as it comes. */
export interface Line {
  /** Counts from 1. */
  readonly number: number;
  /** Without its end; cut off where it is too long. */
  readonly text: string;
  /** The line has more characters than {@link maxLineLength}. */
  readonly tooLong: boolean;
}

/** Longest line that is read: what keeps the memory bounded when somebody pipes a file without line ends. */
export const maxLineLength = 16 * 1024 * 1024;

/** How much of a line that is too long is kept. */
const keptOfTooLong = 80;

/**
 * Reads lines, as many at a time as a chunk of the stream holds. Holds no more than a chunk and a line in memory.
 * @param what the name of the stream in an error
 * @throws {UserError} when the stream cannot be read
 */
export async function* readLines(stream: Readable, what: string): AsyncGenerator<readonly Line[]> {
  const splitter = new LineSplitter();
  const decoder = new TextDecoder();
  try {
    for await (const chunk of stream) {
      yield splitter.push(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    }
  } catch (error) {
    throw cannotRead(what, error);
  }
  yield [...splitter.push(decoder.decode()), ...splitter.end()];
}

class LineSplitter {
  #number = 0;
  /** The line that the last chunk left unfinished. */
  #rest = '';
  #tooLong = false;

  push(text: string): readonly Line[] {
    const [first = '', ...others] = text.split('\n');
    this.#append(first);
    return others.map((next) => {
      const line = this.#take();
      this.#append(next);
      return line;
    });
  }

  /** The last line, if the text did not end in a line end. */
  end(): readonly Line[] {
    return this.#rest === '' ? [] : [this.#take()];
  }

  #append(text: string): void {
    if (this.#tooLong) return;
    this.#rest += text;
    this.#tooLong = this.#rest.length > maxLineLength;
    if (this.#tooLong) this.#rest = this.#rest.slice(0, keptOfTooLong);
  }

  #take(): Line {
    const text = this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest;
    const line = { number: ++this.#number, text, tooLong: this.#tooLong };
    this.#rest = '';
    this.#tooLong = false;
    return line;
  }
}
