import type { Command } from 'commander';
import { importJson } from '../formats/import-json.js';
import { formatImport } from '../formats/pretty/import.js';
import { viewOf } from '../formats/pretty/view.js';
import { findFiles } from '../import/find-files.js';
import { importKernels } from '../import/import-kernels.js';
import { Metadata } from '../import/metadata.js';
import { writeImport } from '../import/write-catalog.js';
import { type Io, print } from '../io.js';
import { exitCodes, UserError } from '../user-error.js';
import { choiceOption, examples, severalOption } from './options.js';

interface ImportFlags {
  readonly out: string;
  readonly metadata: readonly string[];
  readonly set: readonly string[];
  readonly force?: boolean;
  readonly format: 'pretty' | 'json';
}

/** Adds `preflight import`. */
export function registerImport(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('import')
    .summary('make a catalog of the kernels that engines ship')
    .description(
      'Takes cubins out of what engines ship, and writes them with a catalog for plan and run: cubin files, fatbins, C and ' +
        'C++ sources with a cubin as an array, and folders of these.\n\n' +
        'An entry is put together from the cubin itself, the name of the kernel, tables in the sources (GemmInfo, ' +
        'KernelMetaInfo.h), and what --metadata and --set tell. Where two of them contradict each other, or none tells ' +
        'something, the kernel is not in the catalog, and a line says why. incomplete.json has those that only lack something.\n\n' +
        'Exit code 0: all was imported; 1: some was not; 2: the question was wrong.',
    )
    .argument('<path...>', 'files and folders')
    .requiredOption('--out <dir>', 'the folder to write catalog.json and cubins/ into')
    .addOption(
      severalOption('--metadata <file>', 'JSON as a catalog has it, or a C++ table; can be given again'),
    )
    .addOption(severalOption('--set <field=value>', 'a field of all kernels; can be given again'))
    .option('--force', 'replace a catalog that is there')
    .addOption(choiceOption('--format <format>', 'how to print', ['pretty', 'json']).default('pretty'))
    .addHelpText(
      'after',
      examples(
        [
          'preflight import gemmCubins/ gemmList.h --out kernels --set paramsAbi=trtllm-gen/1',
          'The kernels of an engine',
        ],
        [
          'preflight import gemm_cubin.cpp --out kernels --metadata kernels.json',
          'One, with what you know of it',
        ],
        ['preflight plan layer.json --catalog kernels/catalog.json', 'And then use them'],
      ),
    )
    .action(async (paths: readonly string[], flags: ImportFlags) =>
      importPaths(paths, flags, io, setExitCode),
    );
}

async function importPaths(
  paths: readonly string[],
  { out, metadata: files, set, force = false, format }: ImportFlags,
  io: Io,
  setExitCode: (code: number) => void,
): Promise<void> {
  const metadata = new Metadata();
  for (const file of files) await metadata.addFile(file, io.cwd);
  await metadata.addForAll(set);
  const imported = await importKernels(await findFiles(paths, io.cwd), metadata, io.cwd);
  const { kernels, leftOut } = imported;
  if (kernels.length === 0) {
    const [first] = leftOut;
    const why = first === undefined ? '' : `; ${first.source}: ${first.reason}`;
    throw new UserError(`there is no cubin with a kernel in ${paths.join(', ')}${why}`);
  }
  const written = await writeImport(imported, out, io.cwd, force);
  const isAll =
    kernels.every(({ problems }) => problems.length === 0) && leftOut.every(({ isHarmless }) => isHarmless);
  if (!isAll) setExitCode(exitCodes.findings);
  await print(
    io,
    format === 'json' ? importJson(imported, written) : formatImport(imported, written, viewOf(io)),
  );
}
