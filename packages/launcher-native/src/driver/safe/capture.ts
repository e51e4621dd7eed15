import { graph } from '../result/index.js';
import { isPageLocked } from './page-locked.js';
import type { ResourceOwner } from './resource.js';

/** Something cannot be captured into a graph. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}

/**
 * Refuses to release something while a stream records, before anything is done about it: it stays as it is.
 *
 * @throws CaptureError
 */
export function checkNotCapturing(owner: Pick<ResourceOwner, 'captures'>, label: string): void {
  if (owner.captures > 0) {
    throw new CaptureError(`${label} cannot be released while a stream is captured: release it afterwards.`);
  }
}

/** Whether work for a stream is recorded rather than done. Asks the driver only while a capture is under way. */
export function isCapturing(owner: ResourceOwner, stream: bigint): boolean {
  if (owner.captures === 0) return false;
  owner.makeCurrent();
  return graph.isCapturing(owner.calls, stream);
}

/**
 * Checks that host memory may be copied from or to on a stream. The driver would let a graph keep the address of any, and
 * read there long after JavaScript has collected it.
 *
 * @throws CaptureError for ordinary memory on a stream that is recording
 */
export function checkHostMemory(owner: ResourceOwner, stream: bigint, bytes: Uint8Array): void {
  if (owner.captures === 0 || isPageLocked(bytes) || !isCapturing(owner, stream)) return;
  throw new CaptureError(
    'A copy from or to ordinary host memory cannot be captured: the graph would keep an address that JavaScript may use for something else. Copy from or to a PinnedBuffer.',
  );
}
