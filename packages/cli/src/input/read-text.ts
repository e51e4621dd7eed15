import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { UserError } from '../user-error.js';
import { readBounded } from './read-bounded.js';

/** What the commonest system errors mean to the one who named the file, to be read or to be written. */
const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'the name is too long',
  ERR_INVALID_ARG_VALUE: 'that is no path',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
  ERR_STRING_TOO_LONG: 'it is larger than 512 MiB',
};

/** As long as a string of V8 can be: what keeps the memory bounded when somebody pipes without end. */
const longestText = 512 * 1024 * 1024;

/** What an error of the system means, in words. */
export function meaningOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return meanings[code] ?? (code || String(error));
}

/** Turns an error of the system into one line for the user. */
export function cannotRead(what: string, error: unknown): UserError {
  return new UserError(`cannot read ${what}: ${meaningOf(error)}`);
}

/**
 * Reads a text file.
 * @param maxBytes how large it may be; default: as large as a text can be
 * @returns the text, without a byte order mark
 * @throws {UserError} when it cannot be read, is larger, or is no text
 */
export async function readText(path: string, cwd: string, maxBytes?: number): Promise<string> {
  return (await readMarkedText(path, cwd, maxBytes)).text;
}

/**
 * Reads a text file that is to be written back.
 * @param maxBytes how large it may be; default: as large as a text can be
 * @returns the text, and the byte order mark before it, which is empty where there is none
 * @throws {UserError} when it cannot be read, is larger, or is no text
 */
export async function readMarkedText(
  path: string,
  cwd: string,
  maxBytes?: number,
): Promise<{ readonly mark: string; readonly text: string }> {
  try {
    const file = resolve(cwd, path);
    const bytes = await (maxBytes === undefined ? readFile(file) : readBounded(file, maxBytes));
    const isMarked = byteOrderMark.equals(bytes.subarray(0, byteOrderMark.length));
    return { mark: isMarked ? byteOrderMark.toString() : '', text: decode(bytes, path) };
  } catch (error) {
    throw error instanceof UserError ? error : cannotRead(path, error);
  }
}

/** Some editors put it before UTF-8, where it says nothing; decoding takes it off. */
const byteOrderMark = Buffer.from('\ufeff');

/**
 * Reads all of the standard input.
 * @throws {UserError} when it cannot be read, or is no text
 */
export async function readStdin(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stdin) {
      chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      length += chunk.length;
      if (length > longestText) throw Object.assign(new Error(), { code: 'ERR_STRING_TOO_LONG' });
    }
  } catch (error) {
    throw cannotRead('the standard input', error);
  }
  return decode(Buffer.concat(chunks), 'the standard input');
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(`cannot read ${what}: it is no UTF-8 text`);
  }
}
