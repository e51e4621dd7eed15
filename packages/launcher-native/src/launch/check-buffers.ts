import type { BufferName, LaunchPlan } from '@gemm-preflight/types';
import type { DeviceBuffer } from '../driver/index.js';

/** The buffers of a launch, by their role; `plan.buffers` says which a launch needs. */
export type LaunchBuffers = Partial<Readonly<Record<BufferName, DeviceBuffer>>>;

/** A buffer is missing, too small, or badly aligned. One line. */
export class BufferError extends Error {
  override readonly name = 'BufferError';
}

/**
 * Holds buffers against what a plan requires, and returns their addresses.
 * @throws {BufferError} for the first that does not do.
 */
export function checkBuffers(plan: LaunchPlan, buffers: LaunchBuffers): Partial<Record<BufferName, bigint>> {
  const addresses: Partial<Record<BufferName, bigint>> = {};
  for (const { buffer: name, bytes, alignment, optional, description } of plan.buffers) {
    const buffer = buffers[name];
    if (buffer === undefined) {
      if (optional) continue;
      throw new BufferError(`buffer ${name} is missing; this launch needs ${bytes} bytes (${description})`);
    }
    if (buffer.byteLength < bytes) {
      throw new BufferError(
        `buffer ${name} has ${buffer.byteLength} bytes; this launch needs ${bytes} (${description})`,
      );
    }
    if (buffer.address % BigInt(alignment) !== 0n) {
      throw new BufferError(
        `buffer ${name} is at 0x${buffer.address.toString(16)}, which is no multiple of ${alignment} bytes`,
      );
    }
    addresses[name] = buffer.address;
  }
  const known = new Set(plan.buffers.map(({ buffer }) => buffer));
  const unknown = (Object.keys(buffers) as BufferName[]).find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new BufferError(`buffer ${unknown} is not used by this launch; it takes ${[...known].join(', ')}`);
  }
  return addresses;
}
