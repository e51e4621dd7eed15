import { basename, extname } from 'node:path';
import {
  askForMissing,
  type CubinInfo,
  type CubinKernel,
  describeKernel,
  parseKernelName,
} from '@gemm-preflight/launcher-native';
import type { KernelInfo } from '@gemm-preflight/types';
import { type ReadFile, type ReadImage, readDeviceFile } from '../cubins/device-file.js';
import { UserError } from '../user-error.js';
import { CubinNames } from './cubin-names.js';
import type { FoundFile } from './find-files.js';
import type { Metadata } from './metadata.js';

/** A kernel that was found. */
export interface ImportedKernel {
  readonly functionName: string;
  /** Where it was found: a file, and what in it. */
  readonly source: string;
  /** The entry, as far as it is known; with the cubin's path in the catalog's folder, and its digest. */
  readonly entry: Partial<KernelInfo>;
  /** Why it is no entry of the catalog, a line each; none where it is one. */
  readonly problems: readonly string[];
  /** It would be an entry if somebody told what is missing. */
  readonly isIncomplete: boolean;
}

/** Something that was not imported, and why. */
export interface LeftOut {
  readonly source: string;
  readonly reason: string;
  /** It may well be meant so, as with PTX beside cubins. */
  readonly isHarmless: boolean;
}

/** What an import comes to, before anything is written. */
export interface Import {
  readonly kernels: readonly ImportedKernel[];
  /** Path in the catalog's folder → bytes. */
  readonly cubins: ReadonlyMap<string, Uint8Array>;
  readonly leftOut: readonly LeftOut[];
}

/** Cubins together: what is held in memory until all is written. */
const mostCubinBytes = 2 ** 30;

/**
 * Reads the cubins of files, and describes their kernels.
 * @param metadata what is known beside them; tables in sources without cubins are added to it
 * @throws {UserError} when there are too many
 */
export async function importKernels(
  files: readonly FoundFile[],
  metadata: Metadata,
  cwd: string,
): Promise<Import> {
  const leftOut: LeftOut[] = [];
  const found: { readonly image: ReadImage; readonly source: string; readonly cubin: CubinInfo }[] = [];
  const seen = new Set<string>();
  for (const { path, isNamed } of files) {
    const file = await tryRead(path, cwd, leftOut);
    if (file === undefined) continue;
    const hasTable = file.images.length === 0 && metadata.addTable(file.source ?? '', path);
    if (file.images.length === 0 && isNamed && !hasTable) {
      leftOut.push({
        source: path,
        reason: 'a source without a cubin or a table of kernels',
        isHarmless: false,
      });
    }
    for (const image of file.images) {
      const source = image.place === '' ? path : `${path}, ${image.place}`;
      const { cubin, sha256 } = image;
      if (cubin === undefined || sha256 === undefined) leftOut.push({ source, ...whyNot(image) });
      else if (!seen.has(sha256)) found.push({ image, source, cubin });
      if (sha256 !== undefined) seen.add(sha256);
    }
  }
  return { ...describeAll(found, metadata), leftOut };
}

async function tryRead(path: string, cwd: string, leftOut: LeftOut[]): Promise<ReadFile | undefined> {
  try {
    return await readDeviceFile(path, cwd);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const reason = error.message.startsWith(`${path}: `)
      ? error.message.slice(path.length + 2)
      : error.message;
    leftOut.push({ source: path, reason, isHarmless: false });
    return undefined;
  }
}

function whyNot({ kind, problem }: ReadImage): Pick<LeftOut, 'reason' | 'isHarmless'> {
  if (problem !== undefined) return { reason: problem, isHarmless: false };
  return kind === 'ptx'
    ? { reason: 'PTX, which is no machine code', isHarmless: true }
    : { reason: 'code of a kind that is unknown', isHarmless: true };
}

function describeAll(
  found: readonly { readonly image: ReadImage; readonly source: string; readonly cubin: CubinInfo }[],
  metadata: Metadata,
): Omit<Import, 'leftOut'> {
  const cubins = new Map<string, Uint8Array>();
  const kernels: ImportedKernel[] = [];
  const sources = new Map<string, string>();
  const names = new CubinNames();
  let total = 0;
  for (const { image, source, cubin } of found) {
    const { bytes = new Uint8Array(), sha256 = '' } = image;
    total += bytes.length;
    if (total > mostCubinBytes)
      throw new UserError('more than 1 GiB of cubins; import them in several parts');
    const [kernel, ...others] = cubin.kernels;
    const own = image.name ?? basename(source, extname(source));
    const path = names.pathFor(others.length === 0 && kernel !== undefined ? kernel.name : own, sha256);
    cubins.set(path, bytes);
    for (const kernel of cubin.kernels) {
      const twin = sources.get(kernel.name);
      sources.set(kernel.name, twin ?? source);
      kernels.push(describeOne(cubin, kernel, { metadata, source, path, sha256, twin }));
    }
  }
  return { kernels, cubins };
}

function describeOne(
  cubin: CubinInfo,
  kernel: CubinKernel,
  around: { metadata: Metadata; source: string; path: string; sha256: string; twin: string | undefined },
): ImportedKernel {
  const { metadata, source, path, sha256, twin } = around;
  const known = metadata.of(kernel.name);
  const facts = [{ origin: 'the name', facts: parseKernelName(kernel.name) }, ...known];
  const { facts: described, missing, problems } = describeKernel(cubin, kernel, facts);
  const otherHash = known.find(({ facts: { sha256: said } }) => said !== undefined && said !== sha256);
  const all = [
    ...(twin === undefined ? [] : [`functionName: another cubin has a kernel of this name: ${twin}`]),
    ...problems,
    ...(otherHash === undefined
      ? []
      : [`sha256: ${otherHash.origin} says ${otherHash.facts.sha256}, the cubin has ${sha256}`]),
  ];
  const ask = askForMissing(missing);
  return {
    functionName: kernel.name,
    source,
    entry: { ...described, cubin: path, sha256 },
    // What cannot be used need not be filled in.
    problems: all.length > 0 || ask === undefined ? all : [ask],
    isIncomplete: all.length === 0 && ask !== undefined,
  };
}
