import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ctaTableLength,
  type Field,
  type FieldsOfType,
  type FieldType,
  fieldBytes,
  ParamsBlock,
  ParamsError,
  trtllmGen1,
  trtllmGen2,
} from '../../src/params/index.js';

type Fields2 = (typeof trtllmGen2)['fields'];

/** The fields of a type; the one assertion that the names of an object are the names of its type. */
function namesOf<T extends FieldType>(type: T): FieldsOfType<Fields2, T>[] {
  const fields: [string, Field][] = Object.entries(trtllmGen2.fields);
  return fields.filter(([, field]) => field.type === type).map(([name]) => name as FieldsOfType<Fields2, T>);
}

const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/** A value for every field of the larger layout. */
const content = fc.record({
  maps: fc.array(fc.uint8Array({ minLength: 128, maxLength: 128 }), { minLength: 5, maxLength: 5 }),
  pointers: fc.array(u64, { minLength: 40, maxLength: 40 }),
  u64s: fc.array(u64, { minLength: 2, maxLength: 2 }),
  i32s: fc.array(i32, { minLength: 10, maxLength: 10 }),
  tables: fc.array(fc.array(i32, { maxLength: 60 }), { minLength: 2, maxLength: 2 }),
});

function emptyBlock(): ParamsBlock<Fields2> {
  return new ParamsBlock(trtllmGen2, new Uint8Array(trtllmGen2.bytes));
}

describe('a parameter block', () => {
  it('gives back what was written to every field, and touches nothing else', () => {
    fc.assert(
      fc.property(content, ({ maps, pointers, u64s, i32s, tables }) => {
        const block = emptyBlock();
        const written = new Uint8Array(trtllmGen2.bytes);
        const mark = (name: keyof Fields2): void => {
          const { type, offset } = trtllmGen2.fields[name];
          written.fill(1, offset, offset + fieldBytes[type]);
        };
        namesOf('tensorMap').forEach((name, i) => {
          block.setTensorMap(name, maps[i] ?? new Uint8Array());
          mark(name);
        });
        namesOf('pointer').forEach((name, i) => {
          block.setPointer(name, pointers[i] ?? 0n);
          mark(name);
        });
        namesOf('u64').forEach((name, i) => {
          block.setU64(name, u64s[i] ?? 0n);
          mark(name);
        });
        namesOf('i32').forEach((name, i) => {
          block.setI32(name, i32s[i] ?? 0);
          mark(name);
        });
        namesOf('ctaTable').forEach((name, i) => {
          block.setCtaTable(name, tables[i] ?? []);
          mark(name);
        });

        expect(namesOf('tensorMap').map((name) => block.getTensorMap(name))).toEqual(maps);
        expect(namesOf('pointer').map((name) => block.getPointer(name))).toEqual(
          pointers.slice(0, namesOf('pointer').length),
        );
        expect(namesOf('u64').map((name) => block.getU64(name))).toEqual(u64s);
        expect(namesOf('i32').map((name) => block.getI32(name))).toEqual(
          i32s.slice(0, namesOf('i32').length),
        );
        namesOf('ctaTable').forEach((name, i) => {
          const table = tables[i] ?? [];
          const zeros = new Array<number>(ctaTableLength - table.length).fill(0);
          expect(block.getCtaTable(name)).toEqual([...table, ...zeros]);
        });
        expect(block.bytes.filter((byte, i) => byte !== 0 && written[i] === 0)).toEqual(new Uint8Array());
      }),
      { numRuns: 30 },
    );
  });

  it('is little-endian at the offsets of its layout', () => {
    const block = emptyBlock();
    block.setI32('k', 0x01020304);
    block.setI32('nm', -2);
    block.setPointer('ptrSfC', 0x1122334455667788n);
    expect([...block.bytes.subarray(664, 672)]).toEqual([4, 3, 2, 1, 0xfe, 0xff, 0xff, 0xff]);
    expect([...block.bytes.subarray(9008, 9016)]).toEqual([0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]);
  });

  it('may lie anywhere in a buffer', () => {
    const buffer = new Uint8Array(20_000).fill(0xaa);
    const block = new ParamsBlock(trtllmGen1, buffer.subarray(33, 33 + trtllmGen1.bytes));
    block.clear();
    block.setPointer('ptrA', 0xffn);
    expect(buffer[33 + 8960]).toBe(0xff);
    expect(buffer[32]).toBe(0xaa);
    expect(buffer[33 + trtllmGen1.bytes]).toBe(0xaa);
    expect(block.getPointer('ptrA')).toBe(0xffn);
  });

  it('forgets a longer table when a shorter one is written', () => {
    const block = emptyBlock();
    block.setCtaTable('ctaIdxXyToBatchIdx', [1, 2, 3]);
    block.setCtaTable('ctaIdxXyToBatchIdx', [9]);
    expect(block.getCtaTable('ctaIdxXyToBatchIdx').slice(0, 4)).toEqual([9, 0, 0, 0]);
  });

  it('takes a table of 2048 CTAs and no more', () => {
    const block = emptyBlock();
    block.setCtaTable('ctaIdxXyToMnLimit', new Array<number>(2048).fill(7));
    expect(block.getPointer('ptrTokens')).toBe(0n);
    expect(() => block.setCtaTable('ctaIdxXyToMnLimit', new Array<number>(2049).fill(7))).toThrow(
      'ctaIdxXyToMnLimit: 2049 CTAs along the tokens, the table has 2048 entries',
    );
  });
});

describe('values that do not fit', () => {
  it.each([2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is no i32', (value) => {
    expect(() => emptyBlock().setI32('k', value)).toThrow(
      new ParamsError(`k: ${value} is not a signed 32-bit integer`),
    );
    expect(() => emptyBlock().setCtaTable('ctaIdxXyToBatchIdx', [0, value])).toThrow(
      /^ctaIdxXyToBatchIdx\[1\]: /,
    );
  });

  it.each([-1n, 2n ** 64n])('%d is no address', (value) => {
    expect(() => emptyBlock().setPointer('ptrA', value)).toThrow(`ptrA: ${value} is not an address`);
    expect(() => emptyBlock().setU64('strideInBytesA', value)).toThrow(ParamsError);
  });

  it('a tensor map has 128 bytes', () => {
    expect(() => emptyBlock().setTensorMap('tmaA', new Uint8Array(64))).toThrow(
      'tmaA: a tensor map has 128 bytes, not 64',
    );
  });

  it('a block has the size of its layout', () => {
    expect(() => new ParamsBlock(trtllmGen1, new Uint8Array(17_216))).toThrow(
      'a block of 17216 bytes: trtllm-gen/1 has 17280',
    );
  });

  it('names are checked by the compiler', () => {
    const block = new ParamsBlock(trtllmGen1, new Uint8Array(trtllmGen1.bytes));
    // @ts-expect-error: a field of the second version
    expect(() => block.setPointer('ptrSfC', 0n)).toThrow('trtllm-gen/1 has no field ptrSfC');
    // @ts-expect-error: not a pointer
    block.setPointer('k', 0n);
    // @ts-expect-error: a pointer takes a bigint
    expect(() => block.setPointer('ptrA', 1)).toThrow();
  });
});
