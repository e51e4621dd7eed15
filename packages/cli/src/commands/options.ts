import { suggestion } from '@gemm-preflight/checker-wasm';
import { targetNames } from '@gemm-preflight/types';
import { Option } from 'commander';
import { resolveTarget } from '../input/names.js';
import { UserError } from '../user-error.js';

/** An option that takes one of a few names. Throws a {@link UserError} for any other. */
export function choiceOption<T extends string>(
  flags: string,
  description: string,
  choices: readonly T[],
): Option {
  const option = new Option(flags, description).choices(choices);
  return option.argParser((given: string): T => {
    const choice = choices.find((name) => name === given);
    if (choice !== undefined) return choice;
    const near = suggestion(given, choices);
    throw new UserError(`${option.long} is "${given}", which is none of ${choices.join(', ')}${near}`);
  });
}

/** `--target NAME`, read as a {@link Target}. */
export function targetOption(description: string): Option {
  return new Option('--target <name>', description).choices(targetNames).argParser(resolveTarget);
}

/** An option that can be given again. */
export function severalOption(flags: string, description: string): Option {
  return new Option(flags, description)
    .argParser((given: string, before: readonly string[]) => [...before, given])
    .default([], 'none');
}

/** `--catalog FILE`, which can be given again. */
export function catalogOption(description = 'a kernel catalog'): Option {
  return new Option('--catalog <file>', `${description}, in place of the built-in ones; can be given again`)
    .argParser((file: string, files: readonly string[]) => [...files, file])
    .default([], 'built-in');
}

/** `--measurements FILE`: what `preflight bench --save` wrote. */
export function measurementsOption(): Option {
  return new Option(
    '--measurements <file>',
    'rank kernels by times that preflight bench --save has measured, where they say something',
  );
}

/** Below the help of commands that take problems: a file that all of them can be given. */
export const problemFileHelp = `
A file of problems:
  {
    "target": "h100",
    "tokensPerBatch": [3, 0, 12, 1],
    "problems": [{
      "name": "up projection", "batchM": false, "transposeMmaOutput": true,
      "m": 1536, "n": 256, "k": 2048, "dtypeElt": "E4m3", "dtypeC": "Bfloat16"
    }]
  }`;

/** Examples below a command's help. Each is a command, and what it does. */
export function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const text = lines.map(([command, meaning]) => `  # ${meaning}\n  $ ${command}\n`);
  return `\nExamples:\n${text.join('\n')}`;
}
