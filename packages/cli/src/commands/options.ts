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

/** `--catalog FILE`, which can be given again. */
export function catalogOption(description = 'a kernel catalog'): Option {
  return new Option('--catalog <file>', `${description}, in place of the built-in ones; can be given again`)
    .argParser((file: string, files: readonly string[]) => [...files, file])
    .default([], 'built-in');
}

/** Examples below a command's help. Each is a command, and what it does. */
export function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const text = lines.map(([command, meaning]) => `  # ${meaning}\n  $ ${command}\n`);
  return `\nExamples:\n${text.join('\n')}`;
}
