import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CubinError } from '../../src/cubin/index.js';
import { readCArrays } from '../../src/import/index.js';

/** The arrays of a source, as name and bytes. */
const arraysOf = (source: string) => readCArrays(source).map(({ name, bytes }) => [name, [...bytes]]);

describe('arrays in a C source', () => {
  it.each([
    ['hexadecimal', 'const unsigned char a[] = {0x7F, 0x45, 0x4c};', [0x7f, 0x45, 0x4c]],
    ['decimal', 'unsigned char a[3] = {127, 69, 76};', [127, 69, 76]],
    ['octal, binary, suffixes', 'uint8_t a[] = { 0177, 0b101, 12u, 0, 0x0FU };', [127, 5, 12, 0, 15]],
    [
      'characters',
      String.raw`char a[] = {'E', 'L', '\x7f', '\0', '\n', '\'', '}'};`,
      [69, 76, 127, 0, 10, 39, 125],
    ],
    ['negative', 'signed char a[] = {127, -1, -128};', [127, 255, 128]],
    ['a comma at the end', 'unsigned char a[] = {1, 2,};', [1, 2]],
    ['none', 'unsigned char a[] = {};', []],
    ['with an attribute', 'static unsigned char a[] __attribute__((aligned(16))) = {1};', [1]],
    ['aligned, in C++', 'alignas(16) inline constexpr std::byte a[] = {1};', [1]],
    ['on many lines', 'extern const\n unsigned\nchar\na\n[\n]\n=\n{\n1,\n2\n}\n;', [1, 2]],
  ])('%s', (_, source, bytes) => {
    expect(arraysOf(source)).toEqual([['a', bytes]]);
  });

  it.each([
    ['unsigned short a[] = {0x457f, 1};', [0x7f, 0x45, 1, 0]],
    ['const uint32_t a[] = {0x464c457f};', [0x7f, 0x45, 0x4c, 0x46]],
    ['unsigned a[] = {0x464c457f};', [0x7f, 0x45, 0x4c, 0x46]],
    ['unsigned long long a[] = {0x00010102464c457full};', [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]],
    ['uint64_t a[] = {18446744073709551615, 010};', [...new Array(8).fill(255), 8, ...new Array(7).fill(0)]],
  ])('of wider elements, little-endian: %s', (source, bytes) => {
    expect(arraysOf(source)).toEqual([['a', bytes]]);
  });

  it('several, between other code, comments and strings', () => {
    const source = `
      /* unsigned char no[] = {1}; */ // unsigned char neither[] = {2};
      static const char* text[] = {"unsigned char nor[] = {3};"};
      struct Info { int size; } infos[] = {{1}, {2}};
      float factors[] = {1.5f};
      const unsigned char one_cubin[] = { 1, /* 9, */ 2, // 9
        3 };
      unsigned int one_cubin_len = 3;
      const unsigned char two_data[2] = { 4, 5 };
    `;
    expect(arraysOf(source)).toEqual([
      ['one_cubin', [1, 2, 3]],
      ['two_data', [4, 5]],
    ]);
    expect(readCArrays(source).map(({ line }) => line)).toEqual([6, 9]);
  });

  it('end where their length in bytes says, within the last element', () => {
    expect(arraysOf('uint64_t a[] = {1}; unsigned a_len = 5;')).toEqual([['a', [1, 0, 0, 0, 0]]]);
    expect(arraysOf('unsigned char a_data[] = {1}; const int a_len = 0x1;')).toEqual([['a_data', [1]]]);
  });

  it.each([
    ['unsigned char a[] = {1, 2}; unsigned a_len = 3;', 'a_len says 3 bytes, a has 2'],
    ['unsigned char a_data[] = {1, 2}; unsigned a_size = 1;', 'a_size says 1 bytes, a_data has 2'],
    ['uint64_t a[] = {1, 2}; unsigned a_len = 8;', 'a_len says 8 bytes, a has 16'],
    [
      '\nunsigned char a[] = {256};',
      'a in line 2 has the number 256, which an element of 1 bytes cannot hold',
    ],
    ['short a[] = {-32769};', 'a in line 1 has the number -32769, which an element of 2 bytes cannot hold'],
    [
      'uint64_t a[] = {18446744073709551616};',
      'a in line 1 has the number 18446744073709551616, which an element of 8 bytes cannot hold',
    ],
  ])('that cannot be: %s', (source, message) => {
    expect(() => readCArrays(source)).toThrow(new CubinError(message));
  });

  it('give back any bytes, in any of the usual layouts', () => {
    const layouts = fc.record({
      number: fc.constantFrom(
        (byte: number) => `0x${byte.toString(16)}`,
        (byte: number) => `0x${byte.toString(16).padStart(2, '0').toUpperCase()}`,
        (byte: number) => String(byte),
      ),
      separator: fc.constantFrom(',', ', ', ',\n  ', ' /* x */ , '),
    });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), layouts, (bytes, { number, separator }) => {
        const list = [...bytes].map(number).join(separator);
        const source = `unsigned char a_cubin[] = {${list}};\nunsigned int a_cubin_len = ${bytes.length};`;
        expect(readCArrays(source)[0]?.bytes).toEqual(bytes);
      }),
    );
  });
});

describe('any text', () => {
  const pieces = [
    'unsigned char a[',
    ']',
    ' = {',
    '}',
    '0x7f',
    ',',
    "'",
    '"',
    '/*',
    '*/',
    '//',
    '\n',
    '\\',
    'a_len = 1;',
    '-',
  ];

  it('gives arrays or a CubinError', () => {
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, (parts) => {
        try {
          readCArrays(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(CubinError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['/*', '"\\', 'a[', 'x_len', "'\\", 'a[]={', 'char a[]={1,', 'unsigned char a[1]  ', '\n'])(
    'takes time in proportion to its length: %j again and again',
    (piece) => {
      const started = performance.now();
      readCArrays(piece.repeat(2 ** 20 / piece.length));
      expect(performance.now() - started).toBeLessThan(3000);
    },
  );
});
