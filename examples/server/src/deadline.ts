import { ServiceError } from './service-error.js';

/**
 * The time by which a request has to be answered. Whether it is over is decided once: a launch that ends as the time runs out
 * is either answered or late, never both.
 */
export class Deadline {
  readonly #endsAt: number;
  readonly #ms: number;
  #isOver = false;

  constructor(ms: number) {
    this.#ms = ms;
    this.#endsAt = performance.now() + ms;
  }

  /** The clock is asked too: a timer cannot fire while the emulator computes. */
  get isOver(): boolean {
    this.#isOver ||= performance.now() >= this.#endsAt;
    return this.#isOver;
  }

  /** Calls back when the time is over. Returns what takes that back. */
  whenOver(callback: () => void): () => void {
    const timer = setTimeout(
      () => {
        this.#isOver = true;
        callback();
      },
      Math.max(0, this.#endsAt - performance.now()),
    );
    return () => clearTimeout(timer);
  }

  /** The answer for who came too late. */
  error(what: string): ServiceError {
    return new ServiceError(504, 'deadline', `${what} within ${this.#ms} ms`);
  }
}
