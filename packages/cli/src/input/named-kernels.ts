import type { Diagnostic, KernelInfo } from '@gemm-preflight/types';
import { UserError } from '../user-error.js';
import { type Case, invalidInput } from './case.js';
import type { CatalogEntry } from './catalog.js';
import { unknownKernel } from './unknown-kernel.js';

/** The kernel that a case is held against; or none, and why, where it names one that cannot be found. */
export interface HeldAgainst {
  readonly kernel?: KernelInfo;
  readonly faults: readonly Diagnostic[];
}

/** Which kernels to look up, and where. */
export interface KernelRequest {
  /** Files in place of the built-in catalogs; empty for those. */
  readonly catalog: readonly string[];
  /** The kernel of all cases, whatever they name themselves. */
  readonly kernel?: string | undefined;
}

/** The kernels that cases are held against. Catalogs are read when the first is named, for most checks name none. */
export class NamedKernels {
  readonly #catalogs: readonly string[];
  readonly #cwd: string;
  #byName: ReadonlyMap<string, readonly CatalogEntry[]> | undefined;
  #ofAll: KernelInfo | undefined;

  private constructor(catalogs: readonly string[], cwd: string) {
    this.#catalogs = catalogs;
    this.#cwd = cwd;
  }

  /** @throws {UserError} when a catalog that was given cannot be read, or has no kernel of the name that was given */
  static async open({ catalog, kernel }: KernelRequest, cwd: string): Promise<NamedKernels> {
    const kernels = new NamedKernels(catalog, cwd);
    if (kernel !== undefined || catalog.length > 0) await kernels.#read();
    if (kernel === undefined) return kernels;
    const found = kernels.#find(kernel);
    if (typeof found === 'string') throw new UserError(found);
    kernels.#ofAll = found;
    return kernels;
  }

  /** Reads what {@link of} needs for these cases. */
  async prepare(cases: readonly Case[]): Promise<void> {
    if (cases.some(({ kernel }) => kernel !== undefined)) await this.#read();
  }

  /** The kernel of a case, which has been prepared for. */
  of({ kernel: name }: Case): HeldAgainst {
    if (this.#ofAll !== undefined) return { kernel: this.#ofAll, faults: [] };
    if (name === undefined) return { faults: [] };
    const found = this.#find(name);
    if (typeof found === 'string') return { faults: [invalidInput(found, 'kernel')] };
    return { kernel: found, faults: [] };
  }

  async #read(): Promise<void> {
    if (this.#byName !== undefined) return;
    // Loaded when it is needed: a check of one file takes as long as what it loads.
    const { readCatalogs } = await import('./catalog.js');
    this.#byName = groupByName(await readCatalogs(this.#catalogs, this.#cwd));
  }

  /** A kernel, or why there is none. */
  #find(name: string): KernelInfo | string {
    const byName = this.#byName ?? new Map<string, readonly CatalogEntry[]>();
    const [first, second] = byName.get(name) ?? [];
    if (first === undefined) return unknownKernel(name, [...byName.keys()], this.#catalogs);
    if (second === undefined) return first.kernel;
    const files = first.catalog === second.catalog ? first.catalog : `${first.catalog} and ${second.catalog}`;
    return `there are two kernels "${name}" in ${files}; a check needs a name that one kernel has`;
  }
}

function groupByName(entries: readonly CatalogEntry[]): ReadonlyMap<string, readonly CatalogEntry[]> {
  const groups = new Map<string, CatalogEntry[]>();
  for (const entry of entries) {
    const { functionName } = entry.kernel;
    const group = groups.get(functionName);
    if (group === undefined) groups.set(functionName, [entry]);
    else group.push(entry);
  }
  return groups;
}
