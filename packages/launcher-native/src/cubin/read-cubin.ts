import { readArch } from './arch.js';
import { type Attribute, attribute, readAttributes, words } from './attributes.js';
import type { ByteReader } from './byte-reader.js';
import {
  type ConstantBank,
  type ConstantSections,
  constantBanksOf,
  findConstants,
} from './constant-banks.js';
import { CubinError } from './cubin-error.js';
import { type Elf, type KernelSymbol, readElf, type Section } from './elf.js';
import { cubinLimits } from './limits.js';

/** One parameter of a kernel, as `cuLaunchKernel` wants it. */
export interface CubinParam {
  readonly ordinal: number;
  /** From the start of the kernel's parameters, in bytes. Not 0 for the first one where its alignment asks for more. */
  readonly offset: number;
  readonly bytes: number;
}

/** Threads or blocks along x, y and z. */
export type Extent = readonly [x: number, y: number, z: number];

/** What a cubin says of one of its kernels. */
export interface CubinKernel {
  readonly name: string;
  /** 32-bit registers of one thread. */
  readonly numRegisters: number;
  /** Shared memory that the kernel declares with a fixed size; the 1 KiB that the system keeps from sm_90 on not included. */
  readonly staticSharedMemBytes: number;
  /** Local memory of one thread: arrays that do not fit registers, and what was spilled. */
  readonly localMemBytes: number;
  /** By number. Bank 3 is the file's: all its kernels have it. */
  readonly constantBanks: readonly ConstantBank[];
  /** The sizes of all parameters together, without the gaps that alignment leaves. */
  readonly paramBytes: number;
  /** By ordinal. */
  readonly params: readonly CubinParam[];
  /** Most threads that a block may have: `__launch_bounds__`; absent without. */
  readonly maxThreads?: number;
  /** The block has to have exactly this shape (`.reqntid`); absent where it may vary. */
  readonly requiredBlock?: Extent;
  /** The cluster has to have exactly this shape (`__cluster_dims__`); absent where it may vary. */
  readonly requiredCluster?: Extent;
}

/** What a cubin says of itself. */
export interface CubinInfo {
  /** As compilers name it, without underscore: `sm90a`. */
  readonly arch: string;
  /** Major · 10 + minor: 90. */
  readonly smVersion: number;
  readonly kernels: readonly CubinKernel[];
}

const sectionTypeCudaInfo = 0x7000_0000;

/** From sm_90 on the shared-memory section of a kernel begins with the part that the system keeps. */
const reservedSharedMemBytes = 1024;
const firstSmWithReserve = 90;

function extent(reader: ByteReader, value: Attribute): Extent {
  const [x = 0, y = 0, z = 0] = words(reader, value, 3);
  return [x, y, z];
}

/** The parameter that an attribute describes: index, ordinal | offset << 16, and the size in one of two packings. */
function param(reader: ByteReader, value: Attribute): CubinParam {
  const [, place = 0, size = 0] = words(reader, value, 3);
  const bytes = value.id === attribute.kparamInfoV2 ? size & 0xffff : size >>> 18;
  return { ordinal: place & 0xffff, offset: place >>> 16, bytes };
}

/** Numbers that the file's attributes say of its kernels, by the index of the kernel's symbol. */
interface FileFacts {
  readonly registers: ReadonlyMap<number, number>;
  readonly localMemBytes: ReadonlyMap<number, number>;
}

function readFileFacts({ reader, sections }: Elf): FileFacts {
  const fileInfo = sections.find(({ name, type }) => name === '.nv.info' && type === sectionTypeCudaInfo);
  const attributes = fileInfo === undefined ? [] : readAttributes(reader, fileInfo);
  const bySymbol = (wanted: number): [number, number][] =>
    attributes
      .filter(({ id }) => id === wanted)
      .map((value) => {
        const [symbol = 0, count = 0] = words(reader, value, 2);
        return [symbol, count];
      });
  return {
    registers: new Map(bySymbol(attribute.registerCount)),
    // The stack holds the frame and those of the functions that it calls: where both are given, it is the larger.
    localMemBytes: new Map([...bySymbol(attribute.frameSize), ...bySymbol(attribute.minStackSize)]),
  };
}

/** What all kernels of a file need to be read. */
interface KernelContext extends FileFacts {
  readonly reader: ByteReader;
  readonly sections: ReadonlyMap<string, Section>;
  readonly constants: ConstantSections;
  readonly smVersion: number;
}

function readKernel(context: KernelContext, kernel: KernelSymbol): CubinKernel {
  const { reader, sections, registers, localMemBytes, smVersion } = context;
  const info = sections.get(`.nv.info.${kernel.name}`);
  if (info === undefined || info.type !== sectionTypeCudaInfo || info.info !== kernel.section) {
    throw new CubinError(`kernel ${kernel.name} has no section .nv.info.${kernel.name} for its code`);
  }
  const numRegisters = registers.get(kernel.index);
  if (numRegisters === undefined)
    throw new CubinError(`.nv.info does not say how many registers ${kernel.name} has`);

  const attributes = readAttributes(reader, info);
  const find = (id: number): Attribute | undefined => attributes.find((one) => one.id === id);
  const params = attributes
    .filter(({ id }) => id === attribute.kparamInfo || id === attribute.kparamInfoV2)
    .map((value) => param(reader, value))
    .sort((a, b) => a.ordinal - b.ordinal);

  const shared = sections.get(`.nv.shared.${kernel.name}`)?.size ?? 0;
  const reserve = smVersion >= firstSmWithReserve ? reservedSharedMemBytes : 0;
  const maxThreads = find(attribute.maxThreads);
  const requiredThreads = find(attribute.requiredThreads);
  const cluster = find(attribute.ctaPerCluster);
  const requiredBlock = requiredThreads && extent(reader, requiredThreads);
  const limit = requiredBlock ?? (maxThreads && extent(reader, maxThreads));
  return {
    name: kernel.name,
    numRegisters,
    staticSharedMemBytes: Math.max(0, shared - reserve),
    localMemBytes: localMemBytes.get(kernel.index) ?? 0,
    constantBanks: constantBanksOf(kernel.name, context.constants),
    paramBytes: params.reduce((sum, { bytes }) => sum + bytes, 0),
    params,
    ...(limit && { maxThreads: limit[0] * limit[1] * limit[2] }),
    ...(requiredBlock && { requiredBlock }),
    ...(cluster && { requiredCluster: extent(reader, cluster) }),
  };
}

/** Sections may lie over each other: many that are long would be read many times. */
function limitAttributes(sections: readonly Section[]): void {
  const info = sections.filter(({ type }) => type === sectionTypeCudaInfo);
  const total = info.reduce((sum, { size }) => sum + size, 0);
  if (total > cubinLimits.attributeBytes) {
    throw new CubinError(
      `the file has ${total} bytes of attributes: at most ${cubinLimits.attributeBytes} are read`,
    );
  }
}

/**
 * Reads what a cubin says of its kernels, without a GPU and without CUDA.
 *
 * Understands the cubins of CUDA 12 and 13 (ABI versions 7 and 8). Fields that NVIDIA does not document are read as
 * `cuobjdump -elf` and `ptxas -v` print them.
 * @throws {CubinError} whatever the bytes are, if they are not a cubin or are damaged.
 */
export function readCubin(bytes: Uint8Array): CubinInfo {
  const elf = readElf(bytes);
  limitAttributes(elf.sections);
  const { arch, smVersion } = readArch(elf);
  const context: KernelContext = {
    reader: elf.reader,
    sections: new Map(elf.sections.map((section) => [section.name, section])),
    ...readFileFacts(elf),
    constants: findConstants(elf.sections),
    smVersion,
  };
  return { arch, smVersion, kernels: elf.kernels.map((kernel) => readKernel(context, kernel)) };
}
