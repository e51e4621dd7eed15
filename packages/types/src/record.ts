import { type OptionName, type OptionShape, optionShapes } from './options.js';

/**
 * The binary records that TypeScript and the WebAssembly module exchange, declared here once; the module's constants
 * are generated from these tables. All numbers are little endian. A slot is four bytes.
 */

/** Where an option lives in the option record. A list takes two slots: its start in the list pool, and its length. */
export interface RecordSlot {
  readonly field: OptionShape;
  /** Index of the first 4-byte slot. */
  readonly slot: number;
}

function layOut(): readonly RecordSlot[] {
  let slot = 0;
  return optionShapes.map((field) => {
    const placed = { field, slot };
    slot += field.kind === 'intList' ? 2 : 1;
    return placed;
  });
}

/** The option record: one slot an option in the order of {@link optionShapes}, two for a list. */
export const optionRecord: readonly RecordSlot[] = layOut();

/** Size of an option record in slots. */
export const optionRecordSlots = optionRecord.reduce(
  (sum, { field }) => sum + (field.kind === 'intList' ? 2 : 1),
  0,
);
/** Size of an option record in bytes: the stride of packed records. */
export const optionRecordBytes = optionRecordSlots * 4;

const slots: ReadonlyMap<OptionName, number> = new Map(
  optionRecord.map(({ field, slot }) => [field.name, slot]),
);

/** The first slot of an option. */
export function slotOf(name: OptionName): number {
  const slot = slots.get(name);
  if (slot === undefined) throw new RangeError(`no option is named "${name}"`);
  return slot;
}

const optionBySlot: ReadonlyMap<number, OptionName> = new Map(
  optionRecord.map(({ field, slot }) => [slot, field.name]),
);

/** The option whose first slot this is. */
export function optionAt(slot: number): OptionName {
  const name = optionBySlot.get(slot);
  if (name === undefined) throw new RangeError(`slot ${slot} starts no option`);
  return name;
}

/** The target record: what the checker has to know of a GPU, a slot each. */
export const targetRecord = ['smVersion', 'numSms', 'sharedMemPerBlockOptin'] as const;

/** The kernel record: what the checker has to know of a kernel, a slot each. `given` is 0 where the kernel is not known. */
export const kernelRecord = [
  'given',
  'smVersion',
  'sharedMemSize',
  'threadsPerCta',
  'paramsStructSize',
  /** Of the kernel's version of the parameter block. */
  'paramsBytes',
] as const;

/** Bits of the settings word. */
export const settingBits = { stopAtFirst: 1, onlyRuleSet: 2 } as const;
/** The bit of the settings word from which on it is the rule set, by its place in the registry. */
export const ruleSetShift = 8;

/** The result record's head, in slots; `f64` values take two. Diagnostics follow. */
export const resultRecord = {
  /** Number of diagnostics. */
  numDiagnostics: 0,
  /** Number of diagnostics that are errors. */
  numErrors: 1,
  /** Bit 0: shared memory is laid out; bit 1: the launch geometry is known. */
  known: 2,
  /** Of a grid whose CTAs work off all tiles: the most CTAs that it has along x; else 0. */
  persistentCtas: 3,
  /** Grid x, y, z as f64: they may exceed 32 bits on their way to a diagnostic. */
  grid: 4,
  /** Shared-memory bytes as f64: total, then the offsets of B, C0, C1 and the row maxima (A is at 0). */
  sharedMemory: 10,
  /** First diagnostic. */
  diagnostics: 20,
} as const;

/** A diagnostic of the result record, in slots: the rule's id, the number of changes, then the changes. */
export const diagnosticRecord = {
  rule: 0,
  numChanges: 1,
  /** Of an error, in the place of changes: the causes that are news, as bits. */
  causes: 2,
  /** Each change is three slots: the option's slot, the value before, the value after (raw 32 bits). */
  changes: 2,
  maxChanges: 3,
  slots: 11,
} as const;

/** How many diagnostics one check can have; more would be dropped, so a test holds this above the number of rules. */
export const maxDiagnostics = 112;
