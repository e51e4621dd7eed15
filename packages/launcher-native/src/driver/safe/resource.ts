import type { DriverCalls } from '../sys/index.js';
import { checkNotCapturing } from './capture.js';
import type { Claim } from './claim.js';
import { ReleasedError } from './context-errors.js';
import { forgetUnreleased, warnIfUnreleased } from './unreleased.js';

/** What the objects of a context need of it. */
export interface ResourceOwner {
  readonly calls: DriverCalls;
  readonly handle: bigint;
  /** Whether an error has made the context unusable. */
  readonly isLost: boolean;
  /** How many captures of streams are under way that were begun through this context. */
  readonly captures: number;
  /**
   * Binds the context to this thread.
   *
   * @throws ReleasedError when the context is released
   * @throws ContextLostError when it is lost
   */
  makeCurrent(): void;
  /**
   * From now on the context releases the object when it is released itself.
   *
   * @param destroy gives the object back, with the context current; undefined for what belongs to somebody else
   */
  claim(label: string, destroy: Destroy | undefined): Claim;
  /** Keeps in mind what was launched, to be named if the device fails. Allocates nothing. */
  noteLaunch(name: string, stream: bigint): void;
  /** Runs `body` while a stream records, and returns the names of the kernels that were recorded. */
  whileCapturing(body: () => void): readonly string[];
  /** All work in a stream is done, and did not fail; without a stream, all work in the context. */
  noteDone(stream?: bigint): void;
}

/** Gives an object back to the driver. Must not refer to the object that users hold; see `Claim`. */
export type Destroy = (calls: DriverCalls) => void;

/** Something that the driver allocated for us and wants back: works with `using`, and may be released twice. */
export abstract class Resource implements Disposable {
  /** Names the object in error messages. */
  readonly label: string;
  readonly #claim: Claim;

  constructor(claim: Claim) {
    this.label = claim.label;
    this.#claim = claim;
    if (claim.isOwned) warnIfUnreleased(this, claim);
  }

  /** Whether it has been given back, by itself or with its context. */
  get isReleased(): boolean {
    return this.#claim.isReleased;
  }

  /** Gives the object back to the driver. A second time does nothing. */
  release(): void {
    forgetUnreleased(this.#claim);
    this.#claim.release();
  }

  /** Releases it at the end of a block: `using`. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** @throws ReleasedError */
  assertAlive(): void {
    if (this.#claim.isReleased) throw new ReleasedError(this.label);
  }
}

/** An object that lives in a context. */
export abstract class ContextResource extends Resource {
  readonly owner: ResourceOwner;

  constructor(owner: ResourceOwner, label: string, destroy: Destroy | undefined) {
    super(owner.claim(label, destroy));
    this.owner = owner;
  }

  /** @throws CaptureError while a stream of the context records: the driver frees nothing then */
  override release(): void {
    if (!this.isReleased) checkNotCapturing(this.owner, this.label);
    super.release();
  }

  /**
   * Comes before every driver call on the object.
   *
   * @throws ReleasedError
   * @throws ContextLostError
   */
  protected enter(): DriverCalls {
    this.assertAlive();
    this.owner.makeCurrent();
    return this.owner.calls;
  }
}
