import { describe, expect, it } from 'vitest';
import {
  type BatchedGemmOptions,
  diagnosticRecord,
  maxDiagnostics,
  type OptionName,
  optionAt,
  optionFields,
  optionNames,
  optionRecord,
  optionRecordBytes,
  optionRecordSlots,
  resultRecord,
  ruleCatalog,
  settingBits,
  slotOf,
  targetRecord,
  targets,
} from '../src/index.js';
import { exampleOptions } from './example.js';

const width = (kind: string) => (kind === 'intList' ? 2 : 1);

describe('the option record', () => {
  it('holds every option once', () => {
    expect(optionRecord.map(({ field }) => field.name)).toEqual(optionNames);
    expect(new Set(optionNames).size).toBe(optionNames.length);
    expect(optionNames).toEqual(optionFields.map(({ name }) => name));
  });

  it('has each option start where the one before ends', () => {
    let end = 0;
    for (const { field, slot } of optionRecord) {
      expect([field.name, slot]).toEqual([field.name, end]);
      end = slot + width(field.kind);
    }
    expect(end).toBe(optionRecordSlots);
  });

  it('gives two slots to the two lists and one to each other option: 38 slots, 152 bytes', () => {
    expect(optionFields.filter(({ kind }) => kind === 'intList').map(({ name }) => name)).toEqual([
      'batchedM',
      'batchedN',
    ]);
    expect(optionRecordSlots).toBe(38);
    expect(optionRecordBytes).toBe(152);
  });

  it('keeps every slot below 64, so that sets of options fit in 64 bits', () => {
    expect(optionRecordSlots).toBeLessThanOrEqual(64);
  });

  it('finds the slot of an option and the option of a slot', () => {
    for (const name of optionNames) expect(optionAt(slotOf(name))).toBe(name);
    expect(slotOf('batchM')).toBe(0);
    expect(slotOf('batchedN')).toBe(slotOf('batchedM') + 2);
  });

  it('refuses names and slots that start no option', () => {
    expect(() => slotOf('tile' as OptionName)).toThrow(new RangeError('no option is named "tile"'));
    for (const slot of [-1, slotOf('batchedM') + 1, slotOf('batchedN') + 1, optionRecordSlots, 0.5]) {
      expect(() => optionAt(slot)).toThrow(new RangeError(`slot ${slot} starts no option`));
    }
  });
});

describe('option fields', () => {
  it('are exactly the keys of BatchedGemmOptions', () => {
    // The compiler holds these keys to the type: none missing, none too many.
    const all: Required<BatchedGemmOptions> = { ...exampleOptions, atol: 0, rtol: 0 };
    expect(Object.keys(all).sort()).toEqual([...optionNames].sort());
  });

  it('leave out atol and rtol alone', () => {
    expect(optionFields.filter(({ optional }) => optional).map(({ name }) => name)).toEqual(['atol', 'rtol']);
  });

  it('are described in one sentence each', () => {
    for (const { name, description } of optionFields) {
      expect(description, name).toMatch(/^\P{Ll}.*\.$/u);
    }
  });
});

describe('the target record', () => {
  it('holds numbers that every target has', () => {
    for (const name of targetRecord) {
      for (const target of Object.values(targets)) expect(Number.isInteger(target[name])).toBe(true);
    }
  });
});

describe('the settings word', () => {
  it('has a bit of its own for each setting', () => {
    const bits = Object.values(settingBits);
    for (const bit of bits) expect(Math.log2(bit) % 1).toBe(0);
    expect(new Set(bits).size).toBe(bits.length);
  });
});

describe('the result record', () => {
  // In slots; a grid is three f64, a shared-memory layout five.
  const parts: readonly (readonly [name: string, start: number, slots: number])[] = [
    ['numDiagnostics', resultRecord.numDiagnostics, 1],
    ['numErrors', resultRecord.numErrors, 1],
    ['known', resultRecord.known, 1],
    ['persistentCtas', resultRecord.persistentCtas, 1],
    ['grid', resultRecord.grid, 3 * 2],
    ['sharedMemory', resultRecord.sharedMemory, 5 * 2],
    ['diagnostics', resultRecord.diagnostics, maxDiagnostics * diagnosticRecord.slots],
  ];

  it('has parts that do not overlap', () => {
    for (const [i, [name, start]] of parts.entries()) {
      const before = parts[i - 1];
      if (before !== undefined) expect(start, name).toBeGreaterThanOrEqual(before[1] + before[2]);
    }
  });

  it('holds exactly these parts', () => {
    expect(parts.map(([name]) => name)).toEqual(Object.keys(resultRecord));
  });

  it('aligns its f64 values to 8 bytes', () => {
    expect(resultRecord.grid % 2).toBe(0);
    expect(resultRecord.sharedMemory % 2).toBe(0);
  });

  it('has diagnostics of a rule, a count, and three slots for each change', () => {
    expect(diagnosticRecord.changes).toBe(2);
    expect(diagnosticRecord.slots).toBe(diagnosticRecord.changes + 3 * diagnosticRecord.maxChanges);
  });

  it('has room for a finding of every rule', () => {
    expect(maxDiagnostics).toBeGreaterThan(ruleCatalog.length);
  });
});
