import { visible } from '../../visible.js';
import type { View } from './view.js';

/**
 * Breaks text into lines at blanks, each behind an indent; the first behind a head of its own, such as `fix: `.
 * Give it plain text, and paint the lines: what paints has no width.
 */
export function paragraph(
  text: string,
  view: View,
  { indent, head = indent, paint = (line) => line }: ParagraphStyle,
): string {
  const room = view.width === undefined ? Number.POSITIVE_INFINITY : view.width - indent.length;
  return wrap(visible(text), room)
    .map((line, i) => `${i === 0 ? head : indent}${paint(line)}\n`)
    .join('');
}

/** How a paragraph looks. */
export interface ParagraphStyle {
  /** Before each line. */
  readonly indent: string;
  /** Before the first line in its place; as wide as the indent. May be painted. */
  readonly head?: string;
  readonly paint?: (line: string) => string;
}

function wrap(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Indents every line of a text. */
export function indented(text: string, indent: string): string {
  return text.replace(/^(?=.)/gm, indent);
}
