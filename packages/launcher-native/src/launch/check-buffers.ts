import type { BufferName, BufferRequirement, LaunchPlan } from '@gemm-preflight/types';
import type { DeviceBuffer } from '../driver/index.js';

/** The buffers of a launch, by their role; `plan.buffers` says which a launch needs. */
export type LaunchBuffers = Partial<Readonly<Record<BufferName, DeviceBuffer>>>;

/** A buffer is missing, too small, or badly aligned. One line. */
export class BufferError extends Error {
  override readonly name = 'BufferError';
}

/** Why a buffer does not do for a launch, in one line; undefined where it does. */
export function describeBufferProblem(
  { buffer: name, bytes, alignment, optional, description }: BufferRequirement,
  buffer: DeviceBuffer | undefined,
): string | undefined {
  if (buffer === undefined) {
    return optional
      ? undefined
      : `buffer ${name} is missing; this launch needs ${bytes} bytes (${description})`;
  }
  if (buffer.byteLength < bytes) {
    return `buffer ${name} has ${buffer.byteLength} bytes; this launch needs ${bytes} (${description})`;
  }
  return buffer.address % BigInt(alignment) === 0n
    ? undefined
    : `buffer ${name} is at 0x${buffer.address.toString(16)}, which is no multiple of ${alignment} bytes`;
}

/**
 * Refuses buffers that a launch does not use: one that is given in vain was meant for something.
 * @throws {BufferError}
 */
export function refuseUnknown({ buffers: required }: LaunchPlan, buffers: LaunchBuffers): void {
  for (const name of Object.keys(buffers)) {
    if (required.some(({ buffer }) => buffer === name)) continue;
    const takes = required.map(({ buffer }) => buffer).join(', ');
    throw new BufferError(`buffer ${name} is not used by this launch; it takes ${takes}`);
  }
}

/**
 * Holds buffers against what a plan requires, and returns their addresses.
 * @throws {BufferError} for the first that does not do.
 */
export function checkBuffers(plan: LaunchPlan, buffers: LaunchBuffers): Partial<Record<BufferName, bigint>> {
  const addresses: Partial<Record<BufferName, bigint>> = {};
  for (const requirement of plan.buffers) {
    const buffer = buffers[requirement.buffer];
    const problem = describeBufferProblem(requirement, buffer);
    if (problem !== undefined) throw new BufferError(problem);
    if (buffer !== undefined) addresses[requirement.buffer] = buffer.address;
  }
  refuseUnknown(plan, buffers);
  return addresses;
}
