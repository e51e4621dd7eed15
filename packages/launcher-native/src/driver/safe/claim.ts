/**
 * The driver's side of an object: what it is called, and what gives it back.
 *
 * Contexts hold claims and not the objects that users hold, so that a forgotten object can be collected, and noticed, while
 * its context still knows what to give back. A claim must therefore not refer to its object.
 */
export class Claim {
  readonly label: string;
  /** Whether there is something to give back; false of what belongs to somebody else. */
  readonly isOwned: boolean;
  readonly #giveBack: () => void;
  #isReleased = false;

  /** @param giveBack called at most once */
  constructor(label: string, giveBack: () => void, isOwned = true) {
    this.label = label;
    this.isOwned = isOwned;
    this.#giveBack = giveBack;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** A second time does nothing. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#giveBack();
  }
}
