import { finiteOrText } from '../state/options.js';

// Values as text that other programs read. Names and texts come from links and pasted files, so nothing in them may end the
// quotation that they stand in, and nothing may be obeyed by a terminal that the text is pasted into.

/** Control characters, and those that break lines or turn the direction of what follows. */
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stay as they are
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escaped(text: string): string {
  return text.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A value as JSON, in one line. A number that JSON has not becomes text. */
export function jsonLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonLiteral).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, one]) => one !== undefined);
    return `{${members.map(([name, one]) => `${jsonLiteral(name)}: ${jsonLiteral(one)}`).join(', ')}}`;
  }
  return escaped(JSON.stringify(finiteOrText(value)) ?? 'null');
}

/** A value as TypeScript, in one line. */
export function typeScriptLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(typeScriptLiteral).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, one]) => one !== undefined);
    const inside = members.map(([name, one]) => `${typeScriptName(name)}: ${typeScriptLiteral(one)}`);
    return members.length === 0 ? '{}' : `{ ${inside.join(', ')} }`;
  }
  return typeof value === 'string' ? singleQuoted(value) : jsonLiteral(value);
}

/** The name of a member of an object literal. */
export function typeScriptName(name: string): string {
  // Written plainly, quoted or not, this one would set the prototype.
  if (name === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : singleQuoted(name);
}

/** JSON escapes all that TypeScript has to, except the quote that it does not use. */
function singleQuoted(text: string): string {
  const inside = jsonLiteral(text).slice(1, -1);
  return `'${inside.replace(/\\.|'/g, (part) => (part === '\\"' ? '"' : part === "'" ? "\\'" : part))}'`;
}
