/** How tokens fall on experts. */
export const spreads = ['even', 'uneven'] as const;
/** One of {@link spreads}. */
export type Spread = (typeof spreads)[number];

/**
 * The rows of each expert when every one of `tokens` goes to `topK` of `experts`. Always the same for the same numbers, so
 * that a link and a test can rely on it; no expert gets a token twice.
 */
export function routedTokens(tokens: number, experts: number, topK: number, spread: Spread): number[] {
  const rows = tokens * Math.min(topK, experts);
  const weights = Array.from({ length: experts }, (_, expert) =>
    spread === 'even' ? 1 : popularity(expert),
  );
  const counts = weights.map(() => 0);
  let left = rows;
  while (left > 0) {
    const open = weights.map((weight, i) => ((counts[i] ?? 0) < tokens ? weight : 0));
    const sum = open.reduce((total, weight) => total + weight, 0);
    // Shares are cut where running sums cross whole numbers, so that small shares meet an expert now and then.
    const round = left;
    let running = 0;
    let given = 0;
    for (const [i, weight] of open.entries()) {
      running += weight;
      const upTo = Math.round((running / sum) * round);
      const here = Math.min(upTo - given, tokens - (counts[i] ?? 0));
      given = upTo;
      counts[i] = (counts[i] ?? 0) + here;
      left -= here;
    }
  }
  return counts;
}

/** How much an expert is asked for, from about 0.1 to 10: the product of pseudo-random numbers is skewed as routing is. */
function popularity(expert: number): number {
  const random = (salt: number) => {
    const mixed = Math.imul((expert + 1) ^ (salt << 16), 0x9e3779b1);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  return Math.exp(2.3 * (random(1) + random(2) + random(3) - 1.5));
}

/** The most tokens that a preset spreads over experts. */
export const mostTokens = 65_536;

/** A count of tokens, with commas or blanks between thousands or without; undefined for anything else. */
export function readTokens(text: string): number | undefined {
  if (!/^\s*(\d+|\d{1,3}([ ,_’']\d{3})+)\s*$/.test(text)) return undefined;
  const count = Number(text.replaceAll(/\D/g, ''));
  return count >= 1 && count <= mostTokens ? count : undefined;
}
