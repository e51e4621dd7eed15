import { compatAcceleratorTarget, readAttributes } from './attributes.js';
import { CubinError } from './cubin-error.js';
import type { Elf } from './elf.js';

/** The architecture that a cubin was compiled for. */
export interface CubinArch {
  /** As compilers name it, without underscore: `sm90a`. Family-specific targets (`sm100f`) leave no trace in a cubin: `sm100`. */
  readonly arch: string;
  /** Major · 10 + minor: 90. */
  readonly smVersion: number;
}

/**
 * Reads the architecture out of `e_flags`. There are two layouts (LLVM, `BinaryFormat/ELF.h`, `EF_CUDA_*`):
 *
 * - ABI version 7, CUDA 12 up to sm_90a: SM version in bits 0–7, bit 11 for names that end in "a";
 * - ABI version 8, Blackwell in CUDA 12 and everything from CUDA 13 on: SM version in bits 8–15, bit 3 for "a".
 *
 * ptxas 13.0 leaves bit 3 clear, for sm_90a and sm_100a alike, and says it by an attribute in `.nv.compat` instead.
 * @throws {CubinError} when the ABI version is another one.
 */
export function readArch(elf: Elf): CubinArch {
  const { abiVersion, flags } = elf;
  if (abiVersion !== 7 && abiVersion !== 8) {
    throw new CubinError(
      `ABI version ${abiVersion} is unknown: 7 (CUDA 12) and 8 (CUDA 13, Blackwell) can be read`,
    );
  }
  const smVersion = abiVersion === 7 ? flags & 0xff : (flags >>> 8) & 0xff;
  const isSpecific =
    abiVersion === 7 ? (flags & 0x800) !== 0 : (flags & 0x8) !== 0 || hasAcceleratorAttribute(elf);
  return { arch: `sm${smVersion}${isSpecific ? 'a' : ''}`, smVersion };
}

function hasAcceleratorAttribute({ reader, sections }: Elf): boolean {
  const compat = sections.find(({ name }) => name === '.nv.compat');
  if (compat === undefined) return false;
  return readAttributes(reader, compat).some(
    ({ id, value }) => id === compatAcceleratorTarget && value === 1,
  );
}
