import { ByteReader } from './byte-reader.js';
import { CubinError } from './cubin-error.js';
import { cubinLimits } from './limits.js';
import { decompressLz4 } from './lz4.js';
import { zstdDecompress } from './zstd.js';

/** Code for one architecture in a fatbin. */
export interface FatbinMember {
  /** `other` is what this reader does not know: relocatable code for link-time optimisation, for instance. */
  readonly kind: 'cubin' | 'ptx' | 'other';
  /** Major · 10 + minor of the architecture; a cubin itself tells sm_90a from sm_90. */
  readonly smVersion: number;
  readonly compression: 'none' | 'lz4' | 'zstd';
  /** The bytes as they lie in the fatbin. */
  readonly stored: Uint8Array;
  /** Bytes that {@link unpackMember} gives. */
  readonly bytes: number;
}

const magic = 0xba55_ed50;
const headerBytes = 16;
const kinds: Readonly<Record<number, FatbinMember['kind']>> = { 1: 'ptx', 2: 'cubin' };

/**
 * The header of a member, offsets in bytes. NVIDIA does not document it; this is what fatbinary 13.0 writes, and what
 * public readers of fatbins agree on.
 */
const member = {
  minBytes: 64,
  kind: 0,
  headerBytes: 4,
  /** Of what follows the header, with padding. */
  paddedBytes: 8,
  /** Without padding, where the member is compressed; else 0. */
  compressedBytes: 16,
  smVersion: 28,
  flags: 40,
  uncompressedBytes: 56,
} as const;

const flagLz4 = 0x2000;
const flagZstd = 0x8000;

/** Whether a file begins like a fatbin. */
export function isFatbin(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new ByteReader(bytes).u32(0) === magic;
}

/**
 * Lists the members of a fatbin, or of several, one behind the other, as linked programs have them. Decompresses nothing.
 * @throws {CubinError} when the bytes are no fatbin, or are damaged
 */
export function readFatbin(bytes: Uint8Array): readonly FatbinMember[] {
  const reader = new ByteReader(bytes);
  if (!isFatbin(bytes)) throw new CubinError('not a fatbin');
  const members: FatbinMember[] = [];
  for (let start = 0; start + 4 <= bytes.length && reader.u32(start) === magic; ) {
    reader.require(start, headerBytes, 'the header of a fatbin reaches');
    const first = start + reader.u16(start + 6);
    const size = reader.u64(start + 8, 'the size of a fatbin');
    reader.require(first, size, 'its members reach');
    const end = first + size;
    for (let at = first; at < end; ) {
      if (members.length === cubinLimits.fatbinMembers) {
        throw new CubinError(`a fatbin of more than ${cubinLimits.fatbinMembers} members`);
      }
      const [found, next] = readMember(bytes, reader, at, end);
      members.push(found);
      at = next;
    }
    start = end;
  }
  return members;
}

/** A member, and where the next one begins. */
function readMember(bytes: Uint8Array, reader: ByteReader, at: number, end: number): [FatbinMember, number] {
  reader.require(at, member.minBytes, 'the header of a member reaches');
  const header = reader.u32(at + member.headerBytes);
  const padded = reader.u64(at + member.paddedBytes, 'the size of a member');
  if (header < member.minBytes)
    throw new CubinError(`the member at byte ${at} has a header of ${header} bytes`);
  const data = at + header;
  const next = data + padded;
  if (next > end)
    throw new CubinError(
      `the fatbin ends at byte ${end} but the member at byte ${at} reaches to byte ${next}`,
    );

  const flags = reader.u32(at + member.flags);
  const compression = flags & flagZstd ? 'zstd' : flags & flagLz4 ? 'lz4' : 'none';
  const compressed = reader.u32(at + member.compressedBytes);
  if (compressed > padded)
    throw new CubinError(`the member at byte ${at} has ${compressed} compressed bytes in ${padded}`);
  const stored = bytes.subarray(data, compression === 'none' ? next : data + compressed);
  const found: FatbinMember = {
    kind: kinds[reader.u16(at + member.kind)] ?? 'other',
    smVersion: reader.u32(at + member.smVersion),
    compression,
    stored,
    bytes:
      compression === 'none' ? padded : reader.u64(at + member.uncompressedBytes, 'the size of a member'),
  };
  return [found, next];
}

/**
 * The bytes of a member: a cubin, or the text of PTX. Uncompressed ones are a view of the fatbin.
 * @throws {CubinError} when the member is damaged or too large, or compressed with zstd and this Node.js has none (before 22.15)
 */
export function unpackMember({ compression, stored, bytes }: FatbinMember): Uint8Array {
  if (compression === 'none') return stored;
  if (bytes > cubinLimits.fileBytes) {
    throw new CubinError(`a member of ${bytes} bytes: at most ${cubinLimits.fileBytes} are decompressed`);
  }
  return compression === 'lz4' ? decompressLz4(stored, bytes) : zstdDecompress(stored, bytes);
}
