import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Stream } from '@gemm-preflight/launcher-native';
import type { Deadline } from './deadline.js';
import { ServiceError } from './service-error.js';

/**
 * How a launch ended: in time; after its deadline, when nobody waits for it any more; with an error; or it never began. Only
 * after `late` and `failed` does its output hold something that nobody was promised.
 */
export type LaunchEnd = 'done' | 'late' | 'failed' | 'dropped';

/** A launch to be made when its turn comes. */
export interface Job {
  /** Puts the work into a stream. */
  readonly launch: (stream: Stream) => void;
  readonly deadline: Deadline;
  /** Called once, when the device has no more to do with it. That may be after `run` has thrown for the deadline. */
  readonly onSettled: (end: LaunchEnd, error?: unknown) => void;
}

/** How long a launch took. */
export interface LaunchTimes {
  readonly queuedMs: number;
  readonly launchMs: number;
}

/** Launches one after the other on each of a few streams; a bounded number of them waits. */
export class LaunchQueue {
  readonly #free: Stream[];
  readonly #streams: number;
  readonly #maxQueued: number;
  readonly #waiting: ((stream: Stream) => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();
  /** Mean time of the last launches, for what to tell those who are refused. */
  #meanMs = 0;

  constructor(streams: readonly Stream[], maxQueued: number) {
    this.#free = [...streams];
    this.#streams = streams.length;
    this.#maxQueued = maxQueued;
  }

  /** Launches that wait. */
  get queued(): number {
    return this.#waiting.length;
  }

  /** Launches on the device, late ones included. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * For who would rather not begin: a refusal costs the less the earlier it comes.
   * @throws {ServiceError} 503 `queue-full`
   */
  assertRoom(): void {
    if (this.#free.length === 0 && this.#waiting.length >= this.#maxQueued) throw this.#full();
  }

  /**
   * Makes a launch when its turn comes, and waits for it.
   * @throws {ServiceError} 503 `queue-full`, or 504 `deadline`
   * @throws what the launch or the driver throws
   */
  async run(job: Job): Promise<LaunchTimes> {
    const from = performance.now();
    const stream = await this.#takeStream(job).catch((error: unknown) => {
      job.onSettled('dropped');
      throw error;
    });
    const done = this.#perform(job, stream, from);
    this.#running.add(done);
    const forget = () => this.#running.delete(done);
    done.then(forget, forget);
    return inTime(done, job.deadline);
  }

  /** Waits until nothing waits and nothing runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0 || this.#waiting.length > 0) {
      await Promise.allSettled(this.#running);
      await nextTurn();
    }
  }

  async #takeStream({ deadline }: Job): Promise<Stream> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.assertRoom();
    return new Promise((resolve, reject) => {
      const start = (stream: Stream) => {
        cancelTimer();
        resolve(stream);
      };
      const cancelTimer = deadline.whenOver(() => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(deadline.error('the launch did not get its turn'));
      });
      this.#waiting.push(start);
    });
  }

  async #perform({ launch, deadline, onSettled }: Job, stream: Stream, from: number): Promise<LaunchTimes> {
    let end: LaunchEnd = 'dropped';
    try {
      // Timers and new requests get their turn between launches, which on the emulator last as long as the computation.
      await nextTurn();
      if (deadline.isOver) throw deadline.error('the launch did not get its turn');
      const start = performance.now();
      end = 'failed';
      launch(stream);
      await stream.synchronize();
      const launchMs = performance.now() - start;
      this.#meanMs += (launchMs - this.#meanMs) / 8;
      end = deadline.isOver ? 'late' : 'done';
      if (end === 'late') throw deadline.error('the launch did not end');
      onSettled(end);
      return { queuedMs: start - from, launchMs };
    } catch (error) {
      onSettled(end, error);
      throw error;
    } finally {
      this.#giveBack(stream);
    }
  }

  #giveBack(stream: Stream): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(stream);
    else next(stream);
  }

  #full(): ServiceError {
    const waitMs = (this.#waiting.length * this.#meanMs) / this.#streams;
    const message = `${this.#waiting.length} launches wait already, which is the most`;
    return new ServiceError(503, 'queue-full', message, Math.max(1, Math.ceil(waitMs / 1000)));
  }
}

/** Waits for a launch, but not beyond its deadline. */
async function inTime(done: Promise<LaunchTimes>, deadline: Deadline): Promise<LaunchTimes> {
  return new Promise((resolve, reject) => {
    const cancelTimer = deadline.whenOver(() => reject(deadline.error('the launch did not end')));
    done.finally(cancelTimer).then(resolve, reject);
  });
}
