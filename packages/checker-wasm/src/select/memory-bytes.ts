import type { BatchedGemmOptions, BufferName } from '@gemm-preflight/types';
import { bufferRequirements } from '../plan/buffers.js';
import { tokensOf } from '../plan/cta-tables.js';

/** The buffers that hold every batch's weights. */
const weightBuffers = {
  batchM: new Set<BufferName>(['b', 'sfB', 'dqSfsB']),
  batchN: new Set<BufferName>(['a', 'sfA', 'dqSfsA']),
} as const;

/**
 * Bytes that a launch moves to and from device memory if every buffer crosses once, and caches catch the rest. Padding
 * rows count, since TMA loads and stores whole boxes. The weights of a batch without tokens stay where they are.
 * @param o options after adjustment
 * @param paddedTokens rows of the padded token space
 */
export function leastMemoryBytes(o: BatchedGemmOptions, paddedTokens: number): number {
  const tokens = tokensOf(o);
  const busy = tokens.filter((count) => count > 0).length;
  if (busy === 0) return 0;
  const weights = weightBuffers[o.batchM ? 'batchM' : 'batchN'];
  return bufferRequirements(o, paddedTokens).reduce(
    (sum, { buffer, bytes }) => sum + (weights.has(buffer) ? (bytes * busy) / tokens.length : bytes),
    0,
  );
}
