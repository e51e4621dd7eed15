/** How many launches are kept. Faults show within a few; the names are for people. */
const capacity = 16;

/**
 * The latest launches that nobody has synchronised with, by name: the driver reports a fault late, and does not say whose it
 * is. Holds a fixed number and allocates nothing when one is noted.
 */
export class RecentLaunches {
  readonly #names: (string | undefined)[] = Array(capacity).fill(undefined);
  readonly #streams: bigint[] = Array(capacity).fill(0n);
  #next = 0;

  note(name: string, stream: bigint): void {
    this.#names[this.#next] = name;
    this.#streams[this.#next] = stream;
    this.#next = (this.#next + 1) % capacity;
  }

  /** The launches in a stream are done; without a stream, all are. */
  done(stream?: bigint): void {
    for (let i = 0; i < capacity; i += 1) {
      if (stream === undefined || this.#streams[i] === stream) this.#names[i] = undefined;
    }
  }

  /** Oldest first. */
  names(): string[] {
    const inOrder = [...this.#names.slice(this.#next), ...this.#names.slice(0, this.#next)];
    return inOrder.filter((name) => name !== undefined);
  }
}
