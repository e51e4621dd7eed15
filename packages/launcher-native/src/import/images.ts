import { CubinError } from '../cubin/cubin-error.js';
import { cubinLimits, type FatbinMember, isFatbin, readFatbin, unpackMember } from '../cubin/index.js';
import { readCArrays } from './c-arrays.js';

/** Device code that was found in a file. */
export interface DeviceImage {
  /** Where in the file it is, as one says it: `member 2`, `NAME in line 12`; empty for the file itself. */
  readonly place: string;
  /** What to call a file of it, where its container has a name for it. */
  readonly name?: string;
  readonly kind: FatbinMember['kind'];
  /** Major · 10 + minor, where the container says so. */
  readonly smVersion?: number;
  readonly compression: FatbinMember['compression'];
  /** Its length in bytes, decompressed. */
  readonly size: number;
  /** Undefined where it is no cubin, or cannot be had. */
  readonly bytes: Uint8Array | undefined;
  /** Why it cannot be had. */
  readonly problem?: string;
}

/** What a file is, and the device code in it. */
export interface DeviceFile {
  readonly kind: 'cubin' | 'fatbin' | 'source';
  readonly images: readonly DeviceImage[];
  /** Its text, of a source. */
  readonly source?: string;
}

const elfMagic = 0x7f45_4c46;

function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) === elfMagic;
}

/**
 * Finds the device code in a file: a cubin, the members of a fatbin, or the arrays of a C or C++ source that hold one of
 * them. What is an ELF file is taken for a cubin, and not looked into.
 * @throws {CubinError} when the file is too large, is none of these, or a damaged one
 */
export function findImages(bytes: Uint8Array): DeviceFile {
  if (bytes.length > cubinLimits.fileBytes) {
    throw new CubinError(`the file has ${bytes.length} bytes: at most ${cubinLimits.fileBytes} are read`);
  }
  if (isElf(bytes)) return { kind: 'cubin', images: [wholeFile(bytes)] };
  if (isFatbin(bytes)) return { kind: 'fatbin', images: fatbinImages(bytes, '') };
  const source = asText(bytes);
  if (source === undefined) throw new CubinError('neither a cubin, nor a fatbin, nor a C source');
  if (source.startsWith('version https://git-lfs')) {
    throw new CubinError('a pointer of Git LFS, and "git lfs pull" fetches the file');
  }
  return { kind: 'source', images: sourceImages(source), source };
}

function wholeFile(bytes: Uint8Array): DeviceImage {
  return { place: '', kind: 'cubin', compression: 'none', size: bytes.length, bytes };
}

function fatbinImages(bytes: Uint8Array, within: string, name?: string): DeviceImage[] {
  return readFatbin(bytes).map((member, i) => {
    const { kind, smVersion, compression } = member;
    const image = {
      place: `${within === '' ? '' : `${within}, `}member ${i + 1}`,
      ...(name !== undefined && { name: `${name}_${i + 1}` }),
      ...{ kind, smVersion, compression, size: member.bytes },
    };
    if (kind !== 'cubin') return { ...image, bytes: undefined };
    try {
      return { ...image, bytes: unpackMember(member) };
    } catch (error) {
      if (!(error instanceof CubinError)) throw error;
      return { ...image, bytes: undefined, problem: error.message };
    }
  });
}

function sourceImages(source: string): DeviceImage[] {
  return readCArrays(source).flatMap(({ name, line, bytes }) => {
    const place = `${name} in line ${line}`;
    const bare = name.replace(/_data$/, '').replace(/_(?:cubin|fatbin)$/, '');
    if (isElf(bytes)) return [{ ...wholeFile(bytes), place, name: bare }];
    return isFatbin(bytes) ? fatbinImages(bytes, place, bare) : [];
  });
}

function asText(bytes: Uint8Array): string | undefined {
  if (bytes.subarray(0, 4096).includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
