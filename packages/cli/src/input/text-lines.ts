/** A place in a text. Lines and columns count from 1; the end is the column behind the last character. */
export interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Finds the lines and columns of a text's offsets. */
export class TextLines {
  readonly #text: string;
  readonly #firstLine: number;
  #starts: readonly number[] | undefined;

  /** @param firstLine the number of the text's first line */
  constructor(text: string, firstLine: number) {
    this.#text = text;
    this.#firstLine = firstLine;
  }

  /** The place of a part of the text. */
  regionOf(offset: number, length: number): Region {
    const [startLine, startColumn] = this.#position(offset);
    const [endLine, endColumn] = this.#position(offset + length);
    return { startLine, startColumn, endLine, endColumn };
  }

  #position(offset: number): readonly [line: number, column: number] {
    this.#starts ??= lineStarts(this.#text);
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return [this.#firstLine + low, offset - (this.#starts[low] ?? 0) + 1];
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
