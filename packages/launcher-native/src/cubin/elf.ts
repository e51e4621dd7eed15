import { ByteReader } from './byte-reader.js';
import { CubinError } from './cubin-error.js';
import { cubinLimits } from './limits.js';

const elfMagic = [0x7f, 0x45, 0x4c, 0x46];
const fatbinMagic = [0x50, 0xed, 0x55, 0xba];

/** `e_machine` of NVIDIA's GPUs. */
const machineCuda = 190;
const executable = 2;
const headerBytes = 64;
const sectionHeaderBytes = 64;
const programHeaderBytes = 56;
const symbolBytes = 24;

const sectionTypeSymbols = 2;
const sectionTypeNoBits = 8;
const symbolTypeFunction = 2;
/** Bit of `st_other` that tells a kernel from a device function. */
const entryBit = 0x10;

/** A section of the file. Positions and sizes in bytes. */
export interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

/** A kernel's symbol. */
export interface KernelSymbol {
  readonly index: number;
  readonly name: string;
  /** Index of the section with its code. */
  readonly section: number;
}

/** The parts of an ELF file that describe kernels. */
export interface Elf {
  readonly reader: ByteReader;
  /** Version of NVIDIA's own conventions (`EI_ABIVERSION`): 7 up to CUDA 12, 8 for Blackwell and from CUDA 13 on. */
  readonly abiVersion: number;
  readonly flags: number;
  readonly sections: readonly Section[];
  readonly kernels: readonly KernelSymbol[];
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

/** Names the file by its beginning, where that says that somebody took the wrong file. */
function guessFormat(bytes: Uint8Array): string {
  if (startsWith(bytes, fatbinMagic)) return ': it is a fatbin, and "preflight import" takes its cubins out';
  const text = new TextDecoder().decode(bytes.subarray(0, 4096));
  if (text.startsWith('version https://git-lfs'))
    return ': it is a pointer of Git LFS, and "git lfs pull" fetches the file';
  return /^\s*\.version\s/m.test(text) ? ': it is PTX, and ptxas compiles it to a cubin' : '';
}

function checkHeader(bytes: Uint8Array, reader: ByteReader): void {
  if (bytes.length === 0) throw new CubinError('the file is empty');
  if (bytes.length > cubinLimits.fileBytes) {
    throw new CubinError(`the file has ${bytes.length} bytes: at most ${cubinLimits.fileBytes} are read`);
  }
  if (!startsWith(bytes, elfMagic)) throw new CubinError(`not an ELF file${guessFormat(bytes)}`);
  reader.require(0, headerBytes, 'its ELF header reaches');
  if (reader.u8(4) !== 2) throw new CubinError('an ELF file of 32 bits: cubins for today’s GPUs have 64');
  if (reader.u8(5) !== 1) throw new CubinError('a big-endian ELF file: cubins are little-endian');
  const machine = reader.u16(18);
  if (machine !== machineCuda) {
    throw new CubinError(
      `an ELF file, but not for CUDA: its machine is ${machine}, CUDA’s is ${machineCuda}`,
    );
  }
  if (reader.u16(16) !== executable) {
    throw new CubinError(`an object file, not linked (ELF type ${reader.u16(16)}): nvlink makes it a cubin`);
  }
}

/** Checks a table of headers and gives its position and number of entries. */
function table(
  reader: ByteReader,
  at: number,
  sizes: number,
  entryBytes: number,
  what: string,
): [number, number] {
  const offset = reader.u64(at, `the offset of ${what}`);
  const entry = reader.u16(sizes);
  const count = reader.u16(sizes + 2);
  if (count > 0 && entry !== entryBytes) {
    throw new CubinError(`${what} of ${entry} bytes each: they have ${entryBytes}`);
  }
  reader.require(offset, count * entryBytes, `${what} reach`);
  return [offset, count];
}

function readSections(reader: ByteReader): Section[] {
  table(reader, 32, 54, programHeaderBytes, 'program headers');
  const [offset, count] = table(reader, 40, 58, sectionHeaderBytes, 'section headers');
  if (count === 0) throw new CubinError('the file has no sections');
  if (count > cubinLimits.sections) {
    throw new CubinError(`the file has ${count} sections: at most ${cubinLimits.sections} are read`);
  }
  const raw = Array.from({ length: count }, (_, index) => {
    const at = offset + index * sectionHeaderBytes;
    const section = {
      index,
      nameOffset: reader.u32(at),
      type: reader.u32(at + 4),
      offset: reader.u64(at + 24, `the offset of section ${index}`),
      size: reader.u64(at + 32, `the size of section ${index}`),
      link: reader.u32(at + 40),
      info: reader.u32(at + 44),
    };
    // Sections without bits (shared memory) have a size, but take no place in the file.
    if (section.type !== sectionTypeNoBits)
      reader.require(section.offset, section.size, `section ${index} reaches`);
    return section;
  });
  const namesIndex = reader.u16(62);
  const names = raw[namesIndex];
  if (names === undefined || names.type === sectionTypeNoBits) {
    throw new CubinError(`the names of the ${count} sections are said to be in section ${namesIndex}`);
  }
  const end = names.offset + names.size;
  return raw.map(({ nameOffset, ...section }) => ({
    ...section,
    name: reader.text(names.offset + nameOffset, end, `the name of section ${section.index}`),
  }));
}

function readKernelSymbols(reader: ByteReader, sections: readonly Section[]): KernelSymbol[] {
  const symbols = sections.find(({ type }) => type === sectionTypeSymbols);
  if (symbols === undefined) throw new CubinError('the file has no symbol table');
  const names = sections[symbols.link];
  if (names === undefined || names.type === sectionTypeNoBits) {
    throw new CubinError(`the symbols’ names are said to be in section ${symbols.link}`);
  }
  const end = names.offset + names.size;
  const kernels: KernelSymbol[] = [];
  const seen = new Set<string>();
  for (let index = 0; (index + 1) * symbolBytes <= symbols.size; index++) {
    const at = symbols.offset + index * symbolBytes;
    const isFunction = (reader.u8(at + 4) & 0xf) === symbolTypeFunction;
    if (!isFunction || (reader.u8(at + 5) & entryBit) === 0) continue;
    const name = reader.text(names.offset + reader.u32(at), end, `the name of symbol ${index}`);
    if (seen.has(name)) throw new CubinError(`kernel ${name} is there twice`);
    if (seen.size === cubinLimits.kernels) {
      throw new CubinError(`the file has more than ${cubinLimits.kernels} kernels`);
    }
    seen.add(name);
    kernels.push({ index, name, section: reader.u16(at + 6) });
  }
  return kernels;
}

/**
 * Reads the headers, section names and kernel symbols of a cubin.
 * Every table and section is checked against the end of the file first, so that a cut file is always refused.
 * @throws {CubinError} when the bytes are not a linked 64-bit ELF file for CUDA, or are damaged.
 */
export function readElf(bytes: Uint8Array): Elf {
  const reader = new ByteReader(bytes);
  checkHeader(bytes, reader);
  const sections = readSections(reader);
  const kernels = readKernelSymbols(reader, sections);
  return { reader, abiVersion: reader.u8(8), flags: reader.u32(48), sections, kernels };
}
