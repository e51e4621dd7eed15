import { createCheckerSync, type SearchResult, searchSize } from '@gemm-preflight/checker-wasm';
import { defaultRuleSet, type RuleSetName, ruleSetNames, type Target } from '@gemm-preflight/types';
import { type Command, Option } from 'commander';
import { endedLine, formatSearch } from '../formats/pretty/search.js';
import { viewOf } from '../formats/pretty/view.js';
import { type Searched, searchCsv, searchJson, searchJsonLines } from '../formats/search.js';
import { count } from '../formats/summary.js';
import { defaultTarget, resolveRuleSet, resolveTarget } from '../input/names.js';
import { type Io, print } from '../io.js';
import { interruptible } from '../search/interrupt.js';
import { progressLine } from '../search/progress.js';
import { runSearch } from '../search/run-search.js';
import type { SearchTask } from '../search/search-task.js';
import { readSpaceFile } from '../search/space-file.js';
import { exitCodes, UserError } from '../user-error.js';
import { choiceOption, examples, targetOption } from './options.js';

const formats = ['table', 'csv', 'json', 'jsonl'] as const;
type SearchFormat = (typeof formats)[number];

interface SearchFlags {
  readonly target?: Target;
  readonly options?: string;
  readonly rules: RuleSetName;
  readonly onlyRuleSet?: true;
  readonly format: SearchFormat;
  readonly limit?: number;
  readonly workers?: number;
}

/** How many configurations are printed where nobody says. */
const limits: Readonly<Record<SearchFormat, number>> = { table: 20, csv: 1000, json: 1000, jsonl: 1000 };
/** Configurations are kept until the end, some kilobytes each. */
const mostToPrint = 1_000_000;
const mostWorkers = 256;

/** Adds `preflight search`. */
export function registerSearch(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('search')
    .summary('search a space of options for what is valid')
    .description(
      'Walks all combinations of the values that options may take, and prints the valid ones.\n\n' +
        'FILE holds {"target": …, "base": {…options}, "space": {"tileM": [64, 128], …}}, or a bare space. A whole ' +
        'number can be given as a range, {"from": 8, "to": 256, "step": 8} or {"from": 64, "to": 512, "times": 2}.\n' +
        'Ctrl-C ends a search and prints what it has found. Exit code 0: some are valid; 1: none is; 2: the question ' +
        'was wrong; 130: ended by Ctrl-C.',
    )
    .argument('<file>', 'the space, or - for the standard input')
    .addOption(targetOption(`the GPU to search for; default: the file’s, else ${defaultTarget}`))
    .option('--options <file>', 'a case with the options that FILE does not give')
    .addOption(
      new Option('--rules <name@version>', 'the rule set')
        .choices(ruleSetNames)
        .argParser(resolveRuleSet)
        .default(defaultRuleSet),
    )
    .option('--only-rule-set', 'leave out the limits of the device and of the launch')
    .addOption(
      choiceOption('--format <format>', 'how to print; jsonl prints cases for check', formats).default(
        'table',
      ),
    )
    .addOption(
      new Option(
        '--limit <n>',
        `print the first n; all are counted (default: ${limits.table} in a table, else ${limits.csv})`,
      ).argParser(wholeNumber('--limit', 0, mostToPrint)),
    )
    .addOption(
      new Option(
        '--workers <n>',
        'threads at most (default: one for a small space, else one a core)',
      ).argParser(wholeNumber('--workers', 1, mostWorkers)),
    )
    .addHelpText(
      'after',
      examples(
        ['preflight search space.json', 'Which tiles and stages are legal for this layer?'],
        [
          'preflight search space.json --options config.json --target h200',
          'Around a configuration, on another GPU',
        ],
        ['preflight search space.json --format csv --limit 100000 > valid.csv', 'Into a spreadsheet'],
        [
          'preflight search space.json --format jsonl | preflight check - --format jsonl',
          'Check each, with all numbers',
        ],
      ),
    )
    .action(async (file: string, flags: SearchFlags) => search(file, flags, io, setExitCode));
}

function wholeNumber(flag: string, least: number, most: number): (given: string) => number {
  return (given) => {
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= least && value <= most) return value;
    throw new UserError(
      `${flag} is "${given}"; it must be a whole number from ${least} to ${most.toLocaleString('en-US')}`,
    );
  };
}

async function search(
  file: string,
  flags: SearchFlags,
  io: Io,
  setExitCode: (code: number) => void,
): Promise<void> {
  const { rules, onlyRuleSet = false, format, workers } = flags;
  const { name, target: own, space, varied } = await readSpaceFile(file, flags.options, io);
  const target = flags.target ?? resolveTarget(own ?? defaultTarget);
  const task = {
    module: createCheckerSync().module,
    space,
    target,
    settings: { ruleSet: rules, onlyRuleSet },
  };
  const result = await runWithProgress(task, flags.limit ?? limits[format], workers, io);
  const searched = { name, target, ruleSet: rules, varied, result };
  if (result.decided < result.total) setExitCode(exitCodes.interrupted);
  else if (result.valid === 0) setExitCode(exitCodes.findings);
  await print(io, formatted(searched, format, io));
  // Formats with a configuration a line have no place for what is to be said of all.
  if (format === 'csv' || format === 'jsonl') {
    for (const line of remarks(searched, flags.limit === undefined)) io.stderr.write(`preflight: ${line}\n`);
  }
}

function runWithProgress(
  task: SearchTask,
  limit: number,
  workers: number | undefined,
  io: Io,
): Promise<SearchResult> {
  refuseUncountable(task);
  const line = progressLine(io);
  return interruptible(async (signal) => {
    const onProgress = line.update;
    const result = await runSearch(task, { limit, signal, onProgress, ...(workers && { workers }) });
    line.end(result);
    return result;
  });
}

/** More than 2^53 configurations are the user's to mend. */
function refuseUncountable({ space }: SearchTask): void {
  try {
    searchSize(space);
  } catch (error) {
    throw error instanceof RangeError ? new UserError(error.message) : error;
  }
}

function formatted(searched: Searched, format: SearchFormat, io: Io): string {
  if (format === 'json') return searchJson(searched);
  if (format === 'jsonl') return searchJsonLines(searched);
  return format === 'csv' ? searchCsv(searched) : formatSearch(searched, viewOf(io));
}

function remarks(searched: Searched, isDefaultLimit: boolean): readonly string[] {
  const { valid, configurations, explanation } = searched.result;
  const shown = configurations.length;
  const cut =
    isDefaultLimit && shown < valid
      ? `these are the first ${shown.toLocaleString('en-US')} of ${count(valid, 'valid configuration')}; --limit N prints more`
      : undefined;
  return [endedLine(searched), cut, explanation?.message].filter((line) => line !== undefined);
}
