/** Browsers take seconds to lay out more than this. */
export const mostCharactersShown = 50_000;

/** As much of a text as is shown. */
export function beginningOf(text: string): string {
  return text.length > mostCharactersShown ? `${text.slice(0, mostCharactersShown)}…` : text;
}
