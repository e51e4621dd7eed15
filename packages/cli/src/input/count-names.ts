/** How many names of members a JSON text holds, those that a value has twice among them. The text has to be well-formed. */
export function countNamesInText(text: string): number {
  let names = 0;
  for (let open = text.indexOf('"'); open >= 0; ) {
    const close = endOfString(text, open);
    if (isBeforeColon(text, close + 1)) names++;
    open = text.indexOf('"', close + 1);
  }
  return names;
}

/** How many names of members a value has. */
export function countNames(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members: readonly unknown[] = Object.values(value);
  return members.reduce<number>(
    (sum, member) => sum + countNames(member),
    Array.isArray(value) ? 0 : members.length,
  );
}

/** The closing quote: the first with an even number of backslashes before it. */
function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  for (; close >= 0; close = text.indexOf('"', close + 1)) {
    let start = close;
    while (text[start - 1] === '\\') start--;
    if ((close - start) % 2 === 0) return close;
  }
  return text.length;
}

function isBeforeColon(text: string, from: number): boolean {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}
