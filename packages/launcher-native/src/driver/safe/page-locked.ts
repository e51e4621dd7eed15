const pageLocked = new WeakSet<ArrayBufferLike>();

/** The bytes are page-locked from now on. */
export function notePageLocked(bytes: Uint8Array): void {
  pageLocked.add(bytes.buffer);
}

/** The bytes are ordinary memory again. */
export function forgetPageLocked(bytes: Uint8Array): void {
  pageLocked.delete(bytes.buffer);
}

/** Whether bytes are those of a `PinnedBuffer`, or some of them. */
export function isPageLocked(bytes: Uint8Array): boolean {
  return pageLocked.has(bytes.buffer);
}
