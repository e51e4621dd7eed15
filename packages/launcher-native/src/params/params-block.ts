import {
  ctaTableLength,
  type Field,
  type Fields,
  type FieldType,
  fieldBytes,
  type ParamsLayout,
} from './layout.js';

/** A value does not fit its field, or a block has the wrong size. The message names the field and the value. */
export class ParamsError extends Error {
  override readonly name = 'ParamsError';
}

/** The names of the fields of a type. */
export type FieldsOfType<F extends Fields, T extends FieldType> = {
  [N in keyof F]-?: NonNullable<F[N]> extends Field<T> ? N : never;
}[keyof F] &
  string;

const maxU64 = 2n ** 64n - 1n;

function isI32(value: number): boolean {
  return (value | 0) === value;
}

/**
 * Reads and writes the fields of a parameter block by name. Does not own the bytes, which may be any part of a buffer.
 * Addresses are device addresses, 0n for null.
 */
export class ParamsBlock<F extends Fields> {
  readonly layout: ParamsLayout<F>;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /**
   * @param bytes - exactly as many as the layout has.
   * @throws {ParamsError} when it has another size.
   */
  constructor(layout: ParamsLayout<F>, bytes: Uint8Array) {
    if (bytes.length !== layout.bytes) {
      throw new ParamsError(`a block of ${bytes.length} bytes: ${layout.abi} has ${layout.bytes}`);
    }
    this.layout = layout;
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Where a field begins, in bytes from the block's start. */
  offsetOf(name: keyof F & string): number {
    return this.#field(name).offset;
  }

  /** The bytes of a field, not a copy. */
  bytesOf(name: keyof F & string): Uint8Array {
    const { offset, type } = this.#field(name);
    return this.bytes.subarray(offset, offset + fieldBytes[type]);
  }

  /** Sets everything to zero, padding included. */
  clear(): void {
    this.bytes.fill(0);
  }

  #field(name: keyof F & string): Field {
    const field = this.layout.fields[name];
    if (field === undefined) throw new ParamsError(`${this.layout.abi} has no field ${name}`);
    return field;
  }

  /**
   * Writes a 128-byte tensor map, as `cuTensorMapEncodeTiled` makes it.
   * @throws {ParamsError} when it has another length.
   */
  setTensorMap(name: FieldsOfType<F, 'tensorMap'>, map: Uint8Array): void {
    if (map.length !== fieldBytes.tensorMap) {
      throw new ParamsError(`${name}: a tensor map has ${fieldBytes.tensorMap} bytes, not ${map.length}`);
    }
    this.bytes.set(map, this.#field(name).offset);
  }

  /**
   * Writes a device address, 0n for null.
   * @throws {ParamsError} when it is negative or has more than 64 bits.
   */
  setPointer(name: FieldsOfType<F, 'pointer'>, address: bigint): void {
    this.#writeU64(name, address, 'an address');
  }

  /** @throws {ParamsError} when the number is negative or has more than 64 bits. */
  setU64(name: FieldsOfType<F, 'u64'>, value: bigint): void {
    this.#writeU64(name, value, 'an unsigned 64-bit number');
  }

  #writeU64(name: keyof F & string, value: bigint, what: string): void {
    if (value < 0n || value > maxU64) throw new ParamsError(`${name}: ${value} is not ${what}`);
    this.#view.setBigUint64(this.#field(name).offset, value, true);
  }

  /** @throws {ParamsError} when the number is not an integer of 32 bits. */
  setI32(name: FieldsOfType<F, 'i32'>, value: number): void {
    if (!isI32(value)) throw new ParamsError(`${name}: ${value} is not a signed 32-bit integer`);
    this.#view.setInt32(this.#field(name).offset, value, true);
  }

  /**
   * Writes the beginning of a CTA table and zeros behind it.
   * @throws {ParamsError} when there are more than 2048 entries, or one is not an integer of 32 bits.
   */
  setCtaTable(name: FieldsOfType<F, 'ctaTable'>, entries: readonly number[]): void {
    if (entries.length > ctaTableLength) {
      throw new ParamsError(
        `${name}: ${entries.length} CTAs along the tokens, the table has ${ctaTableLength} entries`,
      );
    }
    const { offset } = this.#field(name);
    this.bytes.fill(0, offset + entries.length * 4, offset + fieldBytes.ctaTable);
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] ?? Number.NaN;
      if (!isI32(entry)) throw new ParamsError(`${name}[${i}]: ${entry} is not a signed 32-bit integer`);
      this.#view.setInt32(offset + i * 4, entry, true);
    }
  }

  /** A copy of a tensor map's bytes. */
  getTensorMap(name: FieldsOfType<F, 'tensorMap'>): Uint8Array {
    const { offset } = this.#field(name);
    return new Uint8Array(this.bytes.subarray(offset, offset + fieldBytes.tensorMap));
  }

  /** A device address, 0n for null. */
  getPointer(name: FieldsOfType<F, 'pointer'>): bigint {
    return this.#view.getBigUint64(this.#field(name).offset, true);
  }

  /** An unsigned 64-bit number. */
  getU64(name: FieldsOfType<F, 'u64'>): bigint {
    return this.#view.getBigUint64(this.#field(name).offset, true);
  }

  /** A signed 32-bit number. */
  getI32(name: FieldsOfType<F, 'i32'>): number {
    return this.#view.getInt32(this.#field(name).offset, true);
  }

  /** All 2048 entries of a CTA table. */
  getCtaTable(name: FieldsOfType<F, 'ctaTable'>): number[] {
    const { offset } = this.#field(name);
    return Array.from({ length: ctaTableLength }, (_, i) => this.#view.getInt32(offset + i * 4, true));
  }
}
