import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Io } from '../io.js';
import { UserError } from '../user-error.js';
import { type Case, type CaseContent, readCase, unreadable } from './case.js';
import { fileKindOf, wrongKind } from './file-kind.js';
import { type JsonPath, JsonSource } from './json-source.js';
import { type Line, maxLineLength, readLines } from './read-lines.js';
import { readStdin, readText } from './read-text.js';

/** The cases of a file or of the standard input. */
export interface Cases {
  /** There may be other than one: a list, or lines. */
  readonly many: boolean;
  /** They stand in one JSON document of a file, which can be written back. */
  readonly isDocument: boolean;
  /** The cases as they come, some at a time. */
  readonly batches: AsyncIterable<readonly Case[]> | Iterable<readonly Case[]>;
}

/**
 * Opens the cases of a path, or of the standard input for `-`.
 * @param lineByLine read one case a line; files named .jsonl or .ndjson are read so anyway
 * @throws {UserError} when there is nothing to read, no JSON in it, or something else than cases
 */
export async function openCases(path: string, lineByLine: boolean, io: Io): Promise<Cases> {
  const file = path === '-' ? undefined : path;
  if (file === undefined ? lineByLine : isLinesFile(file)) {
    // Opened when it is read: an error before that would have no listener.
    const open = () => (file === undefined ? io.stdin : createReadStream(resolve(io.cwd, file)));
    return { many: true, isDocument: false, batches: casesOfLines(open, file) };
  }
  const text = await readDocument(path, io);
  return casesOfDocument(text, file, '; one case a line is read with --format jsonl');
}

/**
 * Reads the text of a path, or of the standard input for `-`.
 * @throws {UserError} when it cannot be read
 */
export function readDocument(path: string, io: Io): Promise<string> {
  return path === '-' ? readStdin(io.stdin) : readText(path, io.cwd);
}

/**
 * Reads the cases of a JSON document.
 * @param file the document's file; undefined for the standard input
 * @param linesHint what to say where the standard input looks like a case a line
 * @throws {UserError} when the text is no JSON, or something else than cases
 */
export function casesOfDocument(text: string, file: string | undefined, linesHint = ''): Cases {
  const source = new JsonSource(text);
  const name = nameOfInput(file ?? '-');
  const isDocument = file !== undefined;
  const parsed = source.parse();
  if (!parsed.ok) {
    const { startLine, startColumn } = parsed.region;
    const hint = file === undefined && startLine > 1 ? linesHint : '';
    throw new UserError(`${name}:${startLine}:${startColumn}: malformed JSON: ${parsed.fault}${hint}`);
  }
  const { value } = parsed;
  if (!Array.isArray(value)) {
    const kind = fileKindOf(value);
    if (kind !== undefined && kind !== 'case') throw new UserError(wrongKind(file ?? '-', kind, 'case'));
    const label = file === undefined ? 'the case' : basename(file);
    return { many: false, isDocument, batches: [[caseAt(readCase(value), label, file, source, [])]] };
  }
  if (value.length === 0) throw new UserError(`${name} is an empty list; there is no case to check`);
  const cases = value.map((entry, i) => caseAt(readCase(entry), `case ${i + 1}`, file, source, [i]));
  return { many: true, isDocument, batches: cases.map((entry) => [entry]) };
}

/** A path as an error names it. */
export function nameOfInput(path: string): string {
  return path === '-' ? 'the standard input' : path;
}

/** Whether a file is named as one that holds a case a line. */
export function isLinesFile(path: string): boolean {
  return /\.(jsonl|ndjson)$/i.test(path);
}

async function* casesOfLines(
  open: () => Readable,
  file: string | undefined,
): AsyncGenerator<readonly Case[]> {
  // A result belongs to the line of its number, so a blank line counts; but not those at the end.
  let blank = 0;
  for await (const lines of readLines(open(), file ?? 'the standard input')) {
    const ready: Line[] = [];
    for (const line of lines) {
      if (line.text.trim() === '') {
        blank++;
        continue;
      }
      for (; blank > 0; blank--) ready.push({ number: line.number - blank, text: '', tooLong: false });
      ready.push(line);
    }
    yield ready.map((line) => caseOfLine(line, file));
  }
}

function caseOfLine(line: Line, file: string | undefined): Case {
  const source = new JsonSource(line.text, line.number);
  return caseAt(readLine(line, source), `line ${line.number}`, file, source, []);
}

function readLine({ number, text, tooLong }: Line, source: JsonSource): CaseContent {
  if (tooLong) return unreadable(`line ${number} has more than ${maxLineLength} characters`);
  if (text.trim() === '') return unreadable(`line ${number} is blank`);
  const parsed = source.parse();
  if (parsed.ok) return readCase(parsed.value);
  return unreadable(`line ${number} is no JSON: column ${parsed.region.startColumn}: ${parsed.fault}`);
}

function caseAt(
  { bare, ...content }: CaseContent,
  label: string,
  file: string | undefined,
  source: JsonSource,
  at: JsonPath,
): Case {
  const optionsAt = bare ? at : [...at, 'options'];
  return {
    ...content,
    label: content.name ?? label,
    place: {
      file,
      start: () => source.regionOf(at, 'start') ?? source.beginning,
      regionOf: (field, part = 'member') =>
        source.regionOf([...optionsAt, field], part) ?? source.regionOf([...at, field], part),
      optionsPath: optionsAt,
    },
  };
}
