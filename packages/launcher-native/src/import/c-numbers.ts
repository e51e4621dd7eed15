import { CubinError } from '../cubin/cubin-error.js';

/** A number or a character, with what may stand before it; sticky, so that it goes on where the last one ended. */
const element =
  /[\s,]*(?:(-?(?:0[xX][\da-fA-F]{1,16}|0[bB][01]{1,64}|0[0-7]*|[1-9]\d{0,19}))(?:[uUlL]{0,3})(?![\w.])|'(\\x[\da-fA-F]{1,2}|\\[0-7]{1,3}|\\?[\s\S])')/y;

const end = /[\s,]*\}/y;

/** What a backslash makes of a letter. */
const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };

/**
 * Reads the numbers of an initialiser.
 * @param start - behind the opening brace
 * @param width - bytes of an element: 1, 2, 4 or 8
 * @param place - names the array in errors
 * @returns the bytes, little-endian; undefined where the list holds anything but numbers
 * @throws {CubinError} when a number needs more bytes
 */
export function parseNumbers(
  code: string,
  start: number,
  width: number,
  place: string,
): Uint8Array | undefined {
  let view = new DataView(new ArrayBuffer(1024));
  let length = 0;
  for (let at = start; ; ) {
    element.lastIndex = at;
    const match = element.exec(code);
    if (match === null) {
      end.lastIndex = at;
      return end.test(code) ? new Uint8Array(view.buffer, 0, length) : undefined;
    }
    at = element.lastIndex;
    if (length + width > view.byteLength) view = grown(view);
    store(view, length, width, match, place);
    length += width;
  }
}

function grown(view: DataView<ArrayBuffer>): DataView<ArrayBuffer> {
  const bytes = new Uint8Array(view.byteLength * 2);
  bytes.set(new Uint8Array(view.buffer));
  return new DataView(bytes.buffer);
}

function store(
  view: DataView,
  at: number,
  width: number,
  [, number, character]: RegExpExecArray,
  place: string,
): void {
  if (width === 8) {
    const value = number === undefined ? BigInt(characterCode(character)) : bigValue(number);
    if (value >= 2n ** 64n || value < -(2n ** 63n)) throw tooLarge(number, width, place);
    view.setBigUint64(at, BigInt.asUintN(64, value), true);
    return;
  }
  const value = number === undefined ? characterCode(character) : numberValue(number);
  if (value >= 2 ** (8 * width) || value < -(2 ** (8 * width - 1))) throw tooLarge(number, width, place);
  if (width === 1) view.setUint8(at, value);
  else if (width === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
}

function numberValue(text: string): number {
  const digits = text.replace(/^-/, '');
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return text.startsWith('-') ? -value : value;
}

function bigValue(text: string): bigint {
  const digits = text.replace(/^-/, '');
  const value = BigInt(/^0\d/.test(digits) ? `0o${digits}` : digits);
  return text.startsWith('-') ? -value : value;
}

function characterCode(text = ''): number {
  if (!text.startsWith('\\')) return text.charCodeAt(0);
  const code = text.slice(1);
  if (code.startsWith('x')) return Number.parseInt(code.slice(1), 16);
  if (/^[0-7]/.test(code)) return Number.parseInt(code, 8);
  return escapes[code] ?? code.charCodeAt(0);
}

function tooLarge(number: string | undefined, width: number, place: string): CubinError {
  return new CubinError(
    `${place} has the number ${number ?? 'of a character'}, which an element of ${width} bytes cannot hold`,
  );
}
