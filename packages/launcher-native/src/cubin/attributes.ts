import type { ByteReader } from './byte-reader.js';
import { CubinError } from './cubin-error.js';
import type { Section } from './elf.js';

/** How an attribute carries its value: none, 8 bits, 16 bits, or a 16-bit size and that many bytes. */
const format = { none: 1, byte: 2, half: 3, sized: 4 } as const;

/**
 * The attributes of `.nv.info` sections that we read, by number. NVIDIA does not document them; names and order are those
 * that `cuobjdump -elf` prints, values were compared with its output.
 */
export const attribute = {
  maxThreads: 0x05,
  requiredThreads: 0x10,
  frameSize: 0x11,
  minStackSize: 0x12,
  kparamInfo: 0x17,
  registerCount: 0x2f,
  ctaPerCluster: 0x3d,
  kparamInfoV2: 0x45,
} as const;

/** The attribute of the `.nv.compat` section that tells sm_90a from sm_90 (EICOMPAT_ATTR_CUDA_ACCELERATOR_TARGET). */
export const compatAcceleratorTarget = 0x09;

/** An attribute of a file or a kernel. */
export interface Attribute {
  readonly id: number;
  /** The value, where it has at most 16 bits; 0 without one. */
  readonly value: number;
  /** Position and length of a longer value in the file; length 0 for a short one. */
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Reads a section that is a list of attributes: format and number (a byte each), then 16 bits that are the value or its length.
 * @throws {CubinError} when the list is damaged.
 */
export function readAttributes(reader: ByteReader, section: Section): Attribute[] {
  const end = section.offset + section.size;
  const attributes: Attribute[] = [];
  let at = section.offset;
  while (at < end) {
    if (at + 4 > end)
      throw new CubinError(`${section.name} ends in the middle of the attribute at byte ${at}`);
    const kind = reader.u8(at);
    const id = reader.u8(at + 1);
    const half = reader.u16(at + 2);
    const offset = at + 4;
    if (kind === format.none || kind === format.byte || kind === format.half) {
      const value = kind === format.half ? half : kind === format.byte ? half & 0xff : 0;
      attributes.push({ id, value, offset, bytes: 0 });
      at = offset;
    } else if (kind === format.sized) {
      if (offset + half > end) {
        const place = `the attribute at byte ${at} (number ${id})`;
        throw new CubinError(
          `${section.name} ends at byte ${end} but ${place} reaches to byte ${offset + half}`,
        );
      }
      attributes.push({ id, value: 0, offset, bytes: half });
      at = offset + half;
    } else {
      throw new CubinError(`${section.name} has an attribute of the unknown format ${kind} at byte ${at}`);
    }
  }
  return attributes;
}

/**
 * The first `count` 32-bit numbers of an attribute's value.
 * @throws {CubinError} when the value is shorter.
 */
export function words(reader: ByteReader, { id, offset, bytes }: Attribute, count: number): number[] {
  if (bytes < count * 4) {
    throw new CubinError(
      `the attribute at byte ${offset - 4} (number ${id}) has ${bytes} bytes: it needs ${count * 4}`,
    );
  }
  return Array.from({ length: count }, (_, i) => reader.u32(offset + i * 4));
}
