import { CubinError, type FactSource, readKernelTable } from '@gemm-preflight/launcher-native';
import { type KernelInfo, metadataSchema } from '@gemm-preflight/types';
import { shapedFrom } from '../input/read-shaped.js';
import { readText } from '../input/read-text.js';
import { UserError } from '../user-error.js';

/** What somebody knows of kernels. */
type KernelFacts = Pick<KernelInfo, 'functionName'> & Partial<KernelInfo>;

/** Larger ones are refused. */
const mostBytes = 64 * 2 ** 20;

/** What is known of kernels beside their cubins: from files, from tables in sources, and for all of them. */
export class Metadata {
  readonly #byName = new Map<string, FactSource[]>();
  readonly #ofAll: FactSource[] = [];

  /** Everything that is known of a kernel. */
  of(functionName: string): readonly FactSource[] {
    return [...(this.#byName.get(functionName) ?? []), ...this.#ofAll];
  }

  /**
   * Adds a file: JSON as a catalog has it, all fields but `functionName` optional, or a C++ source with tables of kernels.
   * @throws {UserError} when it cannot be read, or holds neither
   */
  async addFile(path: string, cwd: string): Promise<void> {
    const text = await readText(path, cwd, mostBytes);
    if (/^\s*[[{]/.test(text)) {
      const { value } = await shapedFrom<{ kernels: readonly KernelFacts[] }>(
        text,
        path,
        metadataSchema,
        'catalog',
      );
      this.#add(value.kernels, path);
    } else if (!this.addTable(text, path)) {
      throw new UserError(
        `${path} holds no kernels: JSON with "kernels" is expected, or C++ with a table of them`,
      );
    }
  }

  /**
   * Adds the tables of a C++ source. Returns whether there are any.
   * @throws {UserError} when it is no source that can be read
   */
  addTable(source: string, path: string): boolean {
    try {
      const rows = readKernelTable(source);
      this.#add(rows, path);
      return rows.length > 0;
    } catch (error) {
      if (error instanceof CubinError) throw new UserError(`${path}: ${error.message}`);
      throw error;
    }
  }

  /**
   * Adds what holds for all kernels, as `FIELD=VALUE`.
   * @throws {UserError} for a field that entries do not have, or a value that it cannot have
   */
  async addForAll(settings: readonly string[]): Promise<void> {
    const facts = Object.fromEntries(settings.map(parseSetting));
    const text = JSON.stringify({ kernels: [{ functionName: 'any', ...facts }] });
    try {
      const { value } = await shapedFrom<{ kernels: readonly KernelFacts[] }>(
        text,
        '--set',
        metadataSchema,
        'catalog',
      );
      const { functionName: _, cubin: _1, sha256: _2, ...common } = value.kernels[0] ?? { functionName: '' };
      this.#ofAll.push({ origin: '--set', facts: common });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(
        error.message.replace(/^--set:\d+:\d+: kernels\[0\]\.?/, '--set: ').replace(/: {2}/, ': '),
      );
    }
  }

  #add(kernels: readonly KernelFacts[], origin: string): void {
    for (const facts of kernels) {
      const known = this.#byName.get(facts.functionName) ?? [];
      known.push({ origin, facts });
      this.#byName.set(facts.functionName, known);
    }
  }
}

function parseSetting(setting: string): [string, unknown] {
  const [name = '', ...rest] = setting.split('=');
  if (name === '' || rest.length === 0) throw new UserError(`--set is "${setting}"; it must be FIELD=VALUE`);
  const value = rest.join('=');
  if (value === 'true' || value === 'false') return [name, value === 'true'];
  return [name, /^-?\d+$/.test(value) ? Number(value) : value];
}
