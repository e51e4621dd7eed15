import type { Dtype } from '@gemm-preflight/types';
import { decodeTable, encode } from '../../src/emulator/number-formats.js';
import type { Random } from './random.js';

/** A matrix in plain numbers, row by row, and how it lies in memory. */
export class Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly bytes: Uint8Array;
  readonly #values: Float64Array;

  constructor(rows: number, columns: number, values: Float64Array, bytes: Uint8Array) {
    this.rows = rows;
    this.columns = columns;
    this.bytes = bytes;
    this.#values = values;
  }

  at(row: number, column: number): number {
    const value = this.#values[row * this.columns + column];
    if (value === undefined || column >= this.columns) throw new RangeError(`no element ${row}, ${column}`);
    return value;
  }

  /** These rows in this order; without bytes, since a GPU would gather them itself. */
  pickRows(rows: readonly number[]): Matrix {
    return makeMatrix(rows.length, this.columns, (row, column) => this.at(rows[row] ?? -1, column));
  }

  /** These columns in this order. */
  pickColumns(columns: readonly number[]): Matrix {
    return makeMatrix(this.rows, columns.length, (row, column) => this.at(row, columns[column] ?? -1));
  }
}

/** A matrix of the numbers that a function gives; without bytes. */
function makeMatrix(rows: number, columns: number, valueAt: (row: number, column: number) => number): Matrix {
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) values[row * columns + column] = valueAt(row, column);
  }
  return new Matrix(rows, columns, values, new Uint8Array());
}

export function bytesOfFloats(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

export function bytesOfInts(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

/** A code at random: of any finite value of E4m3; of values of about 1 in the other types. */
function randomCode(random: Random, dtype: 'E4m3' | 'Fp16' | 'Bfloat16'): number {
  if (dtype === 'E4m3') return random.integer(0x7f) | (random.integer(2) << 7);
  return encode(dtype, (random.next() - 0.5) * 4);
}

/** Random elements of a type. */
export function randomMatrix(random: Random, rows: number, columns: number, dtype: Dtype): Matrix {
  const count = rows * columns;
  if (dtype === 'Fp32') {
    const floats = Float32Array.from({ length: count }, () => (random.next() - 0.5) * 4);
    return new Matrix(rows, columns, Float64Array.from(floats), bytesOfFloats(floats));
  }
  if (dtype !== 'E4m3' && dtype !== 'Fp16' && dtype !== 'Bfloat16')
    throw new RangeError(`no random ${dtype}`);
  const codes = dtype === 'E4m3' ? new Uint8Array(count) : new Uint16Array(count);
  const values = new Float64Array(count);
  const table = decodeTable(dtype);
  for (let i = 0; i < count; i++) {
    const code = randomCode(random, dtype);
    codes[i] = code;
    values[i] = table[code] ?? Number.NaN;
  }
  return new Matrix(rows, columns, values, new Uint8Array(codes.buffer));
}

/** Random float scales between 0.5 and 1.5. */
export function randomScales(random: Random, rows: number, columns: number): Matrix {
  const scales = Float32Array.from({ length: rows * columns }, () => 0.5 + random.next());
  return new Matrix(rows, columns, Float64Array.from(scales), bytesOfFloats(scales));
}
