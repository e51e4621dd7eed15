/** Many may read a buffer at once, or one write it. Nobody waits: who cannot have it is told so. */
export class BufferLock {
  #readers = 0;
  #isWritten = false;

  /** Whether somebody has it. */
  get isHeld(): boolean {
    return this.#isWritten || this.#readers > 0;
  }

  /** Returns what gives it back, or undefined where it cannot be had. */
  take(access: 'read' | 'write'): (() => void) | undefined {
    if (this.#isWritten || (access === 'write' && this.#readers > 0)) return undefined;
    if (access === 'read') {
      this.#readers++;
      return () => this.#readers--;
    }
    this.#isWritten = true;
    return () => {
      this.#isWritten = false;
    };
  }
}
