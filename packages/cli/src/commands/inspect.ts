import type { Command } from 'commander';
import { readDeviceFile } from '../cubins/device-file.js';
import { inspectJson } from '../formats/inspect-json.js';
import { formatInspected } from '../formats/pretty/inspect.js';
import { viewOf } from '../formats/pretty/view.js';
import { type Io, print } from '../io.js';
import { exitCodes, UserError } from '../user-error.js';
import { choiceOption, examples } from './options.js';

interface InspectFlags {
  readonly format: 'pretty' | 'json';
}

/** Adds `preflight inspect`. */
export function registerInspect(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('inspect')
    .summary('say what is in a cubin')
    .description(
      'Says what a cubin holds: its architecture and digest, and of each kernel the registers, shared and local ' +
        'memory, parameters, threads, cluster and constants. Needs neither a GPU nor CUDA.\n\n' +
        'Also takes fatbins, whose members may be compressed with LZ4, or with zstd from Node.js 22.15 on, and C ' +
        'sources that hold a cubin or a fatbin as an array.\n\n' +
        'Exit code 0: all of it was read; 1: some could not be; 2: the question was wrong.',
    )
    .argument('<file>', 'a cubin, a fatbin, or a C source')
    .addOption(choiceOption('--format <format>', 'how to print', ['pretty', 'json']).default('pretty'))
    .addHelpText(
      'after',
      examples(
        ['preflight inspect gemm.cubin', 'What does this kernel need?'],
        ['preflight inspect kernels.fatbin', 'For which architectures is there code?'],
        [
          'preflight inspect gemm_cubin.cpp --format json | jq .images[].sha256',
          'The digest of a cubin that is an array',
        ],
      ),
    )
    .action(async (path: string, { format }: InspectFlags) => {
      const file = await readDeviceFile(path, io.cwd);
      if (file.images.length === 0) {
        throw new UserError(
          `${path}: a source without a cubin: no array in it begins like a cubin or a fatbin`,
        );
      }
      if (file.images.some(({ problem }) => problem !== undefined)) setExitCode(exitCodes.findings);
      await print(io, format === 'json' ? inspectJson(file) : formatInspected(file, viewOf(io)));
    });
}
