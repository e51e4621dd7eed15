import type { CheckedCase } from '../check/check-case.js';
import type { Tally } from '../check/tally.js';

/** Turns checked cases into the text of a format, as they come. */
export interface Reporter {
  /** The text for one case; may be empty where the format has to wait for the end. */
  readonly add: (checked: CheckedCase) => string;
  /** The text behind the last case. */
  readonly end: (tally: Tally) => string;
}
