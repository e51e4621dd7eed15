import { CubinError } from './cubin-error.js';
import { cubinLimits } from './limits.js';

const utf8 = new TextDecoder();

/** Reads little-endian numbers from a file, and refuses to read past its end. Positions count bytes from the file's start. */
export class ByteReader {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /**
   * Makes sure that a part of the file exists.
   * @param what - what lies there, for the message, with its verb: "section headers reach".
   * @throws {CubinError} when it reaches past the end.
   */
  require(offset: number, size: number, what: string): void {
    if (offset + size > this.length) {
      throw new CubinError(`the file ends at byte ${this.length} but ${what} to byte ${offset + size}`);
    }
  }

  u8(offset: number): number {
    this.require(offset, 1, 'a number reaches');
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    this.require(offset, 2, 'a number reaches');
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number): number {
    this.require(offset, 4, 'a number reaches');
    return this.#view.getUint32(offset, true);
  }

  /**
   * An offset or a size of 64 bits.
   * @throws {CubinError} also when it is 2^53 or more: no file is that long.
   */
  u64(offset: number, what: string): number {
    this.require(offset, 8, 'a number reaches');
    const value = this.#view.getBigUint64(offset, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new CubinError(`${what} is ${value}, beyond the end of any file`);
    }
    return Number(value);
  }

  /**
   * The text from `offset` up to the next zero byte before `end`.
   * @throws {CubinError} also when it is longer than names are allowed to be.
   */
  text(offset: number, end: number, what: string): string {
    const limit = Math.min(end, offset + cubinLimits.nameBytes + 1);
    const length = offset < end ? this.#bytes.subarray(offset, limit).indexOf(0) : -1;
    if (length >= 0) return utf8.decode(this.#bytes.subarray(offset, offset + length));
    if (limit < end) throw new CubinError(`${what} has more than ${cubinLimits.nameBytes} bytes`);
    throw new CubinError(`${what} at byte ${offset} does not end before byte ${end}`);
  }
}
