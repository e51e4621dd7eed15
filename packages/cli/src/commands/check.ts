import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { defaultRuleSet, type RuleSetName, ruleSetNames, type Target } from '@gemm-preflight/types';
import { type Command, Option } from 'commander';
import { type CheckedCase, type CheckRequest, checkCase } from '../check/check-case.js';
import { fixFile } from '../check/fix-file.js';
import { Tally } from '../check/tally.js';
import { type CheckFormat, checkFormats, reporterFor } from '../formats/index.js';
import { defaultTarget, resolveRuleSet } from '../input/names.js';
import { openCases } from '../input/read-cases.js';
import { type Io, print } from '../io.js';
import { exitCodes, UserError } from '../user-error.js';
import { choiceOption, examples, targetOption } from './options.js';

interface CheckFlags {
  readonly target?: Target;
  readonly rules: RuleSetName;
  readonly onlyRuleSet?: true;
  readonly stopAtFirst?: true;
  readonly explain?: true;
  readonly fix?: true;
  readonly fixProblem?: true;
  readonly format: CheckFormat;
}

/** Adds `preflight check`. */
export function registerCheck(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('check')
    .summary('check the options of kernels')
    .description(
      'Checks the options of kernels, and says what is wrong, what was adjusted, and what would fix it.\n\n' +
        'FILE holds a case, {"name": …, "target": …, "options": {…}}, or bare options, or a list of either.\n' +
        'In files named .jsonl or .ndjson, every line is a case.\n' +
        'Exit code 0: all can run; 1: some cannot; 2: the question was wrong.',
    )
    .argument('<file>', 'the cases, or - for the standard input')
    .addOption(
      targetOption(`the GPU to check for, whatever the cases say; default: their own, else ${defaultTarget}`),
    )
    .addOption(
      new Option('--rules <name@version>', 'the rule set')
        .choices(ruleSetNames)
        .argParser(resolveRuleSet)
        .default(defaultRuleSet),
    )
    .option('--only-rule-set', 'leave out the limits of the device and of the launch')
    .addOption(
      new Option('--stop-at-first', 'stop at a case’s first error, as the original launcher did').conflicts([
        'fix',
        'fixProblem',
      ]),
    )
    .option('--fix', 'write the fixes that leave the fewest errors into FILE, and check what comes of it')
    .option('--fix-problem', 'the same, and change m, n, k and the tokens of batches where that helps')
    .option('--explain', 'say why each rule is there; a terminal gets that anyway')
    .addOption(
      choiceOption(
        '--format <format>',
        'how to print; jsonl also reads - line by line',
        checkFormats,
      ).default('pretty'),
    )
    .addHelpText(
      'after',
      examples(
        ['preflight check config.json', 'Check a configuration, and read why it cannot run'],
        ['preflight check config.json --fix', 'Mend what can be mended, in the file'],
        ['preflight check - --format jsonl < cases.jsonl', 'Check many, a result a line'],
        ['preflight check config.json --format github', 'Annotate a pull request (or upload --format sarif)'],
      ),
    )
    .action(async (file: string, flags: CheckFlags) => check(file, flags, io, setExitCode));
}

async function check(
  file: string,
  flags: CheckFlags,
  io: Io,
  setExitCode: (code: number) => void,
): Promise<void> {
  const { target, rules, onlyRuleSet = false, stopAtFirst = false, explain = io.isTty, format } = flags;
  const fix: CheckRequest['fix'] = flags.fixProblem ? 'problem' : flags.fix ? 'kernel' : undefined;
  const cases = await openCases(file, format === 'jsonl', io);
  if (fix !== undefined && !cases.isDocument) {
    throw new UserError(
      '--fix writes into a JSON file; the standard input and files of lines can only be checked',
    );
  }
  const reporter = await reporterFor(format, { io, many: cases.many, reasons: explain });
  const settings = { ruleSet: rules, onlyRuleSet, stopAtFirst };
  const request = { checker: createCheckerSync(), settings, target, fix };
  const mended: CheckedCase[] = [];
  const tally = new Tally();
  for await (const batch of cases.batches) {
    let text = '';
    for (const given of batch) {
      const checked = checkCase(given, request);
      if (checked.fixed.length > 0) mended.push(checked);
      tally.add(checked);
      text += reporter.add(checked);
    }
    if (tally.failed > 0) setExitCode(exitCodes.findings);
    await print(io, text);
  }
  if (mended.length > 0) await fixFile(file, io.cwd, mended);
  await print(io, reporter.end(tally));
}
