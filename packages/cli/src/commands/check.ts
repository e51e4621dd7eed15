import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { defaultRuleSet, type RuleSetName, ruleSetNames, type Target } from '@gemm-preflight/types';
import { type Command, Option } from 'commander';
import { type CheckedCase, type CheckRequest, checkCase } from '../check/check-case.js';
import { fixFile } from '../check/fix-file.js';
import { Tally } from '../check/tally.js';
import { type CheckFormat, checkFormats, reporterFor } from '../formats/index.js';
import { NamedKernels } from '../input/named-kernels.js';
import { defaultTarget, resolveRuleSet } from '../input/names.js';
import { openCases } from '../input/read-cases.js';
import { type Io, print } from '../io.js';
import { exitCodes, UserError } from '../user-error.js';
import { catalogOption, choiceOption, examples, targetOption } from './options.js';

interface CheckFlags {
  readonly target?: Target;
  readonly rules?: RuleSetName;
  readonly kernel?: string;
  readonly catalog: readonly string[];
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
        'FILE holds a case, {"name": …, "target": …, "ruleSet": …, "kernel": …, "options": {…}}, of which the options have to be there; or ' +
        'bare options, or a list of either. In files named .jsonl or .ndjson, every line is a case. A case with a kernel is ' +
        'also held against what that asks of the GPU, and was compiled with.\n\n' +
        'Exit code 0: all can run; 1: some cannot; 2: the question was wrong.',
    )
    .argument('<file>', 'the cases, or - for the standard input')
    .addOption(
      targetOption(`the GPU to check for, whatever the cases say; default: their own, else ${defaultTarget}`),
    )
    .addOption(
      new Option(
        '--rules <name@version>',
        `the rule set, whatever the cases say; default: their own, else their kernel’s, else ${defaultRuleSet}`,
      )
        .choices(ruleSetNames)
        .argParser(resolveRuleSet),
    )
    .option(
      '--kernel <name>',
      'the compiled kernel to hold the options against, whatever the cases say; preflight kernels lists names',
    )
    .addOption(catalogOption('a catalog to find kernels by name'))
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
        [
          'preflight explain tile-m-limit --format json | jq .example.right.options > config.json',
          'Get a configuration to start from',
        ],
        ['preflight check config.json', 'Check it, and read why it cannot run'],
        ['preflight check config.json --fix', 'Mend what can be mended, in the file'],
        [
          'preflight check config.json --kernel my_gemm_sm100a --catalog my-kernels.json',
          'Is it what my kernel was compiled with, and can that be launched?',
        ],
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
  const kernels = await NamedKernels.open(flags, io.cwd);
  const cases = await openCases(file, format === 'jsonl', io);
  if (fix !== undefined && !cases.isDocument) {
    throw new UserError(
      '--fix writes into a JSON file; the standard input and files of lines can only be checked',
    );
  }
  const reporter = await reporterFor(format, { io, many: cases.many, reasons: explain });
  const settings = { ...(rules && { ruleSet: rules }), onlyRuleSet, stopAtFirst };
  const request = { checker: createCheckerSync(), kernels, settings, target, fix };
  const tally = new Tally();
  const report = async (checked: readonly CheckedCase[]): Promise<void> => {
    let text = '';
    for (const one of checked) {
      tally.add(one);
      text += reporter.add(one);
    }
    if (tally.failed > 0) setExitCode(exitCodes.findings);
    await print(io, text);
  };
  const toFix: CheckedCase[] = [];
  for await (const batch of cases.batches) {
    await kernels.prepare(batch);
    const checked = batch.map((given) => checkCase(given, request));
    if (fix === undefined) await report(checked);
    else toFix.push(...checked);
  }
  // Reported when they are written, and not as done where they could not be.
  if (fix !== undefined) await report(await fixFile(file, io.cwd, toFix));
  await print(io, reporter.end(tally));
}
