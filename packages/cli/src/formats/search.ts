import type { SearchResult } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions, OptionName, Target } from '@gemm-preflight/types';

/** A search and what came of it. */
export interface Searched {
  readonly name: string | undefined;
  readonly target: Target;
  readonly ruleSet: string;
  /** The options that take several values. */
  readonly varied: readonly OptionName[];
  readonly result: SearchResult;
}

/** The result as one JSON object. */
export function searchJson({ name, target, ruleSet, varied, result }: Searched): string {
  const { explanation = null, ...found } = result;
  const search = { name: name ?? null, target: target.name, ruleSet, varied, ...found, explanation };
  return `${JSON.stringify(search, null, 2)}\n`;
}

/** Valid configurations as cases, one a line: `preflight check - --format jsonl` reads them. */
export function searchJsonLines({ target, result }: Searched): string {
  return result.configurations
    .map((options) => `${JSON.stringify({ target: target.name, options })}\n`)
    .join('');
}

/** The varied options of the valid configurations as comma-separated values (RFC 4180), but with a line feed at line ends. */
export function searchCsv({ varied, result }: Searched): string {
  const lines = [varied, ...result.configurations.map((options) => cellsOf(options, varied))];
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}

/** The values of some options as texts. */
export function cellsOf(options: BatchedGemmOptions, names: readonly OptionName[]): readonly string[] {
  return names.map((name) => {
    const value = options[name];
    return typeof value === 'string' ? value : JSON.stringify(value ?? null);
  });
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
