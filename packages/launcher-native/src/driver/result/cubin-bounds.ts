/** ELF64 header fields, from the System V ABI's ELF chapter. */
const elf = {
  magic: 0x7f454c46,
  headerBytes: 64,
  classOffset: 4,
  class64: 2,
  machineOffset: 18,
  /** EM_CUDA */
  machineCuda: 190,
  programHeaders: { offset: 32, entryBytes: 54, count: 56, minEntryBytes: 56, dataOffset: 8, dataBytes: 32 },
  sectionHeaders: { offset: 40, entryBytes: 58, count: 60, minEntryBytes: 64, dataOffset: 24, dataBytes: 32 },
  sectionType: 4,
  /** SHT_NOBITS: the section takes no bytes of the file. */
  noBits: 8,
} as const;

/**
 * Whether bytes can be handed to `cuModuleLoadData`, which gets no length and reads wherever the headers point.
 *
 * Looks at bounds only: header, program headers, section headers, and what both refer to, have to lie within the bytes.
 *
 * @returns undefined if they do; otherwise what is wrong, in words
 */
export function cubinProblem(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 4 || view.getUint32(0) !== elf.magic) return 'no ELF file';
  if (bytes.byteLength < elf.headerBytes) return 'shorter than an ELF header';
  if (view.getUint8(elf.classOffset) !== elf.class64) return 'no 64-bit ELF file';
  const machine = view.getUint16(elf.machineOffset, true);
  if (machine !== elf.machineCuda) return `ELF machine ${machine}, not ${elf.machineCuda} (CUDA)`;
  return (
    tableProblem(view, 'program', elf.programHeaders) ?? tableProblem(view, 'section', elf.sectionHeaders)
  );
}

type Table = typeof elf.programHeaders | typeof elf.sectionHeaders;

function tableProblem(view: DataView, kind: 'program' | 'section', table: Table): string | undefined {
  const start = view.getBigUint64(table.offset, true);
  const entryBytes = view.getUint16(table.entryBytes, true);
  const count = view.getUint16(table.count, true);
  if (count === 0) return undefined;
  if (entryBytes < table.minEntryBytes) return `${kind} headers of ${entryBytes} bytes`;
  const problem = outside(view, start, BigInt(entryBytes * count));
  if (problem !== undefined) return `${kind} headers ${problem}`;
  for (let i = 0; i < count; i += 1) {
    const entry = Number(start) + i * entryBytes;
    if (kind === 'section' && view.getUint32(entry + elf.sectionType, true) === elf.noBits) continue;
    const data = view.getBigUint64(entry + table.dataOffset, true);
    const dataProblem = outside(view, data, view.getBigUint64(entry + table.dataBytes, true));
    if (dataProblem !== undefined) return `${kind} ${i} ${dataProblem}`;
  }
  return undefined;
}

function outside(view: DataView, start: bigint, bytes: bigint): string | undefined {
  const end = start + bytes;
  return end <= BigInt(view.byteLength) ? undefined : `ends at byte ${end} of ${view.byteLength}: truncated`;
}
