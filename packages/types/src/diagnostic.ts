import type { OptionName, OptionValue } from './options.js';

/** `error`: the configuration cannot run. `adjusted`: an option was rewritten. `note`: a derived value was filled in. */
export type Severity = 'error' | 'adjusted' | 'note';

/** A change of one option. */
export interface OptionChange {
  readonly field: OptionName;
  readonly from: OptionValue;
  readonly to: OptionValue;
}

/** A change that would satisfy the rule, to be offered as an action. */
export interface Fix {
  readonly title: string;
  readonly changes: readonly OptionChange[];
}

/** One finding. */
export interface Diagnostic {
  /** The rule's name in kebab case, or `invalid-input`. */
  readonly rule: string;
  readonly severity: Severity;
  /** One line, with the numbers at fault. */
  readonly message: string;
  /** The options that the rule reads, for a form to mark. Unknown names of bad input appear as they were. */
  readonly fields: readonly string[];
  /** What an `adjusted` rule or a `note` rewrote. */
  readonly changes?: readonly OptionChange[];
  /** What would satisfy an `error`; alternatives, the nearest first. */
  readonly fixes?: readonly Fix[];
}
