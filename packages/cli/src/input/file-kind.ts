import { optionFields } from '@gemm-preflight/types';

/** What a JSON file can be to the commands. */
export type FileKind = 'case' | 'problems' | 'catalog' | 'space' | 'measurements';

/** Each kind in words, and the command that takes it. */
const kinds: Readonly<Record<FileKind, { readonly noun: string; readonly command: string }>> = {
  case: { noun: 'a configuration to check', command: 'preflight check' },
  problems: { noun: 'a file of problems', command: 'preflight plan' },
  catalog: { noun: 'a catalog of kernels', command: 'preflight kernels --catalog' },
  space: { noun: 'a search space', command: 'preflight search' },
  measurements: { noun: 'a file of measurements', command: 'preflight run --measurements' },
};

/** The kind of a file, told by the names that no other kind has; undefined where it has none of them. */
export function fileKindOf(value: unknown): FileKind | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return fileKindOf(value[0]) === 'case' ? 'case' : undefined;
  const has = (name: string) => Object.hasOwn(value, name);
  if (has('options')) return 'case';
  if (has('problems')) return 'problems';
  if (has('kernels')) return 'catalog';
  if (has('measurements')) return 'measurements';
  if (has('space') || has('base')) return 'space';
  const given = value as Readonly<Record<string, unknown>>;
  const options = optionFields.filter(({ name }) => has(name));
  if (options.some(({ name, kind }) => kind !== 'intList' && areValues(given[name]))) return 'space';
  return options.length > 0 ? 'case' : undefined;
}

/** Whether something stands for several values of an option, as a search takes them: a list of more than one, or a range. */
function areValues(given: unknown): boolean {
  if (Array.isArray(given)) return given.length > 1;
  return typeof given === 'object' && given !== null && Object.hasOwn(given, 'from');
}

/** A kind with its article: `a search space`. */
export function nounOf(kind: FileKind): string {
  return kinds[kind].noun;
}

/**
 * What to say of a file of one kind where another is expected, in one line.
 * @param path the file, or - for the standard input
 */
export function wrongKind(path: string, kind: FileKind, expected: FileKind): string {
  const [name, file] = path === '-' ? ['the standard input', 'FILE'] : [path, path];
  return `${name} is ${nounOf(kind)}, where ${nounOf(expected)} is expected; ${kinds[kind].command} ${file} takes it`;
}
