import { defaultRuleSet, ruleSetNames, type Target } from '@gemm-preflight/types';
import { type Command, Option } from 'commander';
import { diffFiles, type RulesPair } from '../diff/diff-files.js';
import { diffJson } from '../formats/diff-json.js';
import { formatDiff } from '../formats/pretty/diff.js';
import { viewOf } from '../formats/pretty/view.js';
import { resolveRuleSet } from '../input/names.js';
import { type Io, print } from '../io.js';
import { exitCodes, UserError } from '../user-error.js';
import { catalogOption, choiceOption, examples, targetOption } from './options.js';

interface DiffFlags {
  readonly rules?: RulesPair;
  readonly target?: Target;
  readonly onlyRuleSet?: true;
  readonly problem?: string;
  readonly catalog: readonly string[];
  readonly format: 'pretty' | 'json';
}

/** Adds `preflight diff`. */
export function registerDiff(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('diff')
    .summary('compare two files of options or kernels, or one under two rule sets')
    .description(
      'Says which configurations, or which kernels of a catalog, get another verdict: between two files, or in one file ' +
        'under two rule sets. Entries belong together by their names where all have one of their own; else equal ones do, ' +
        'and the rest by position.\n\n' +
        'OLD and NEW hold what check takes, or both are catalogs of kernels. A kernel is held against the problems of ' +
        '--problem FILE, or against a problem of its own tiles, which it can run if it can run any.\n\n' +
        'Exit code 0: nothing that could run cannot any more; 1: something cannot; 2: the question was wrong.',
    )
    .argument('<old>', 'configurations or kernels as they were, or - for the standard input')
    .argument('[new]', 'as they are now; not needed where --rules names two rule sets')
    .addOption(
      new Option(
        '--rules <a..b>',
        `a rule set for both sides, or one for each; default: ${defaultRuleSet}, of kernels their own`,
      ).argParser(resolveRulesPair),
    )
    .addOption(
      targetOption(
        'the GPU, whatever the files say; default: a case’s own, and of a kernel the first it was built for',
      ),
    )
    .option('--problem <file>', 'a file of problems to hold kernels against')
    .addOption(catalogOption('a catalog with the kernels that cases name'))
    .option('--only-rule-set', 'leave out the limits of the device and of the launch')
    .addOption(choiceOption('--format <format>', 'how to print', ['pretty', 'json']).default('pretty'))
    .addHelpText(
      'after',
      examples(
        ['git show HEAD:config.json | preflight diff - config.json', 'What does my change do?'],
        [
          `preflight diff config.json --rules ${ruleSetNames[0]}..${ruleSetNames.at(-1)}`,
          'What would another rule set say?',
        ],
        [
          'preflight diff my-kernels-old.json my-kernels.json --problem layer.json',
          'Does the new catalog still serve my layer?',
        ],
      ),
    )
    .action(async (old: string, now: string | undefined, flags: DiffFlags) => {
      const { rules, target, onlyRuleSet = false, problem, catalog, format } = flags;
      const diff = await diffFiles({ old, new: now, rules, target, onlyRuleSet, problem, catalog }, io);
      if (diff.regressed) setExitCode(exitCodes.findings);
      await print(io, format === 'json' ? diffJson(diff) : formatDiff(diff, viewOf(io)));
    });
}

/** `A..B`, or `A` for both sides. */
function resolveRulesPair(given: string): RulesPair {
  const [old = '', now = old, ...others] = given.split('..');
  if (others.length > 0 || old === '' || now === '') {
    throw new UserError(
      `--rules is "${given}"; it must be a rule set, or two as A..B; known are ${ruleSetNames.join(', ')}`,
    );
  }
  return { old: resolveRuleSet(old), new: resolveRuleSet(now) };
}
