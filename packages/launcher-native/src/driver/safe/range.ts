/** Memory that knows its own bytes: a `PinnedBuffer`. */
export interface ByteHolder {
  readonly bytes: Uint8Array;
}

/** Host memory that copies read or write: any typed array, `DataView` or `Buffer`, or a `PinnedBuffer`. */
export type HostMemory = ArrayBufferView | ByteHolder;

/** The bytes behind a view, without a copy. */
export function bytesOf(memory: HostMemory): Uint8Array {
  if ('bytes' in memory) return memory.bytes;
  return new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength);
}

/** A part of something that has a length. */
export interface ByteRange {
  readonly offset: number;
  readonly byteLength: number;
}

/**
 * Checks that a range lies within `size` bytes.
 *
 * @param label names what is `size` bytes long
 * @throws RangeError
 */
export function checkRange(label: string, size: number, { offset, byteLength }: ByteRange): void {
  checkSize('An offset', offset);
  checkSize('A byte length', byteLength);
  if (offset + byteLength > size) {
    throw new RangeError(
      `${byteLength} bytes at offset ${offset} end at byte ${offset + byteLength}, but ${label} has ${size} bytes.`,
    );
  }
}

/** @throws RangeError unless the value is a whole number from 0 on that JavaScript represents exactly */
export function checkSize(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${what} has to be a whole number from 0 on, not ${value}.`);
  }
}
