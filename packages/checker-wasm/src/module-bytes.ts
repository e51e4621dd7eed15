import { moduleDigits, moduleText } from './generated/module.js';

/** Of the digits that bytes are written in; the characters behind these are what stands before a digit. */
const base = 88;

/** The bytes of checker.wasm, decoded anew at each call. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return bytesOf(moduleDigits, moduleText);
}

/** The bytes that `scripts/module-text.mjs` wrote as a text of these digits. */
export function bytesOf(digits: string, text: string): Uint8Array<ArrayBuffer> {
  const symbols = new Uint8Array(128);
  for (let i = 0; i < digits.length; i++) symbols[digits.charCodeAt(i)] = i;
  // Bytes take the place of the characters that they are read from: they are no more than these.
  const bytes = new TextEncoder().encode(text);
  let length = 0;
  for (let i = 0; i < text.length; length++) {
    let byte = symbols[bytes[i++] ?? 0] ?? 0;
    if (byte >= base) byte = (byte - base + 1) * base + (symbols[bytes[i++] ?? 0] ?? 0);
    bytes[length] = byte;
  }
  return bytes.slice(0, length);
}
