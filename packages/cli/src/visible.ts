/** Control characters, but the line end and the tab: terminals obey them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what this is for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Text from a file as one line that a terminal can be given: what would move its cursor is written as an escape. */
export function visible(text: string): string {
  return text
    .replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('\n', '\\n');
}
