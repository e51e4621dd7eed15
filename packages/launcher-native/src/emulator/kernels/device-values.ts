import type { DeviceMemory } from '../options.js';

/** Bytes of a float and of an i32. */
const wordBytes = 4;

function wordAt(memory: DeviceMemory, array: bigint, index: number): DataView {
  const { buffer, byteOffset } = memory.view(array + BigInt(index) * BigInt(wordBytes), wordBytes);
  return new DataView(buffer, byteOffset, wordBytes);
}

/**
 * Element `index` of a float array in device memory.
 * @throws {IllegalAddressError} outside of an allocation.
 */
export function floatAt(memory: DeviceMemory, array: bigint, index: number): number {
  return wordAt(memory, array, index).getFloat32(0, true);
}

/**
 * Writes element `index` of a float array in device memory.
 * @throws {IllegalAddressError} outside of an allocation.
 */
export function setFloatAt(memory: DeviceMemory, array: bigint, index: number, value: number): void {
  wordAt(memory, array, index).setFloat32(0, value, true);
}

/**
 * Element `index` of an i32 array in device memory.
 * @throws {IllegalAddressError} outside of an allocation.
 */
export function i32At(memory: DeviceMemory, array: bigint, index: number): number {
  return wordAt(memory, array, index).getInt32(0, true);
}
