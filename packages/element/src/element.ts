import { applyFix, type Checker, createChecker } from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  type CheckResult,
  defaultRuleSet,
  type Fix,
  isRuleSetName,
  isTargetName,
  ruleSetNames,
  ruleSets,
  type TargetName,
  targetNames,
} from '@gemm-preflight/types';
import { findingList, statusLine, verdictOf } from './render.js';
import { styleSheet } from './style.js';

/** What {@link PreflightCheckElement} says after each check, as the detail of `preflight-result`. */
export interface PreflightResultDetail {
  /** What the check found; null where it could not be made. */
  readonly result: CheckResult | null;
  /** Why it could not be made, in one line. */
  readonly fault?: string;
  /** What was checked. */
  readonly options: BatchedGemmOptions | undefined;
  readonly target: string;
}

/** A fix that somebody chose, as the detail of `preflight-fix`: the event can be prevented, and the element then changes nothing. */
export interface PreflightFixDetail {
  readonly fix: Fix;
  readonly rule: string;
  /** The options with the fix in them. */
  readonly options: BatchedGemmOptions;
}

/** The target that is checked for when none is given. */
const defaultTarget: TargetName = 'b200';

// In Node.js there are no elements, and a page that is rendered there may import this all the same.
const Base = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

let checker: Promise<Checker> | undefined;

/**
 * `<preflight-check>`: checks the options of a GEMM kernel, and says what is wrong.
 *
 * Attributes: `options` (JSON), `target`, `rule-set`; each is also a property, `options` as an object, and undefined or null is not
 * given. `target` and `ruleSet` are written into their attributes; `options` is not, but a fix is, where the attribute is there, so
 * that a clone of the element has it. Events: `preflight-result` after each check ({@link PreflightResultDetail}), `preflight-fix` before
 * a fix is applied ({@link PreflightFixDetail}).
 * Parts: `status`, with `verdict` and `fault` in it, `findings`, `finding`, `rule`, `message`, `fix`; custom properties
 * `--preflight-text`, `-ground`, `-line`, `-accent`, `-error`, `-adjusted`, `-note`, `-good`, `-font`, `-radius`, `-padding`.
 */
export class PreflightCheckElement extends Base {
  /** The attributes that are read. */
  static readonly observedAttributes = ['options', 'target', 'rule-set'];

  readonly #status = globalThis.document && statusLine();
  readonly #content = globalThis.document?.createElement('div');
  #given: BatchedGemmOptions | undefined;
  #fault: string | undefined;
  #result: CheckResult | null = null;
  #waiting = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [styleSheet()];
    root.append(this.#status.element, this.#content);
  }

  /** The options that are checked; undefined while none are given. */
  get options(): BatchedGemmOptions | undefined {
    return this.#given;
  }

  set options(options: BatchedGemmOptions | null | undefined) {
    this.#given = options ?? undefined;
    this.#fault = undefined;
    this.#later();
  }

  /** The GPU that is checked for; default `b200`. */
  get target(): string {
    return this.getAttribute('target') ?? defaultTarget;
  }

  set target(target: string | null | undefined) {
    this.#write('target', target);
  }

  /** The rule set; default: the newest that the package knows. */
  get ruleSet(): string {
    return this.getAttribute('rule-set') ?? defaultRuleSet;
  }

  set ruleSet(ruleSet: string | null | undefined) {
    this.#write('rule-set', ruleSet);
  }

  /** What the latest check found; null before it, and where none could be made. */
  get result(): CheckResult | null {
    return this.#result;
  }

  /** Called by the page when the element is put into it. */
  connectedCallback(): void {
    // What was set before the element was known hides the accessors of its class.
    for (const name of ['options', 'target', 'ruleSet'] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      Object.assign(this, { [name]: value });
    }
    this.#later();
  }

  /** Called by the page when an attribute changes. */
  attributeChangedCallback(name: string, _before: string | null, value: string | null): void {
    if (name === 'options') this.#read(value);
    this.#later();
  }

  #write(name: string, value: string | null | undefined): void {
    if (value === undefined || value === null) this.removeAttribute(name);
    else this.setAttribute(name, value);
  }

  #read(json: string | null): void {
    this.#given = undefined;
    this.#fault = undefined;
    if (json === null) return;
    try {
      this.#given = JSON.parse(json);
    } catch (error) {
      this.#fault = `the attribute options is no JSON: ${messageOf(error)}`;
    }
  }

  /** Checks once, however much is set in one go. */
  #later(): void {
    if (this.#waiting || !this.isConnected) return;
    this.#waiting = true;
    checker ??= createChecker(undefined, Object.values(ruleSets));
    checker.then(
      (ready) => this.#check(ready),
      (error) => this.#show(null, messageOf(error)),
    );
  }

  #check(ready: Checker): void {
    const { target, ruleSet } = this;
    if (this.#fault !== undefined) this.#show(null, this.#fault);
    else if (this.#given === undefined) this.#show(null, 'there are no options to check');
    else if (!isTargetName(target)) this.#show(null, unknown('target', target, targetNames));
    else if (!isRuleSetName(ruleSet)) this.#show(null, unknown('rule set', ruleSet, ruleSetNames));
    else this.#show(ready.check(this.#given, target, { ruleSet }));
  }

  #show(result: CheckResult | null, fault?: string): void {
    this.#waiting = false;
    // Removed in the meantime; where it is put back, it checks anew.
    if (!this.isConnected) return;
    this.#result = result;
    const { target } = this;
    if (result === null) this.#status.say('fault', fault ?? '');
    else this.#status.say('verdict', verdictOf(result, target), result.ok);
    const before = this.#fixes();
    const focused = before.findIndex((one) => one.matches(':focus'));
    this.#content.replaceChildren(
      ...(result === null ? [] : [findingList(result, (fix, { rule }) => this.#apply(fix, rule))]),
    );
    if (focused >= 0) this.#focusAgain(focused, before[focused]?.textContent);
    const detail: PreflightResultDetail = {
      result,
      options: this.#given,
      target,
      ...(fault !== undefined && { fault }),
    };
    this.dispatchEvent(new CustomEvent('preflight-result', { detail, bubbles: true, composed: true }));
  }

  #fixes(): readonly HTMLElement[] {
    return [...this.#content.querySelectorAll<HTMLElement>('.fix')];
  }

  /** The buttons are new: the focus goes to the one of the same fix, else to the one in its place, else to the verdict. */
  #focusAgain(index: number, title: string | null | undefined): void {
    const fixes = this.#fixes();
    const next = fixes.find(({ textContent }) => textContent === title) ?? fixes[index] ?? fixes.at(-1);
    (next ?? this.#status.element).focus();
  }

  #apply(fix: Fix, rule: string): void {
    if (this.#given === undefined) return;
    const options = applyFix(this.#given, fix);
    const detail: PreflightFixDetail = { fix, rule, options };
    const event = new CustomEvent('preflight-fix', {
      detail,
      bubbles: true,
      composed: true,
      cancelable: true,
    });
    if (!this.dispatchEvent(event)) return;
    if (this.hasAttribute('options')) this.setAttribute('options', JSON.stringify(options));
    // JSON has no NaN, say: what is checked are the options themselves.
    this.options = options;
  }
}

/** Makes the element known to the page, once. */
export function definePreflightCheck(): void {
  if (globalThis.customElements && customElements.get('preflight-check') === undefined) {
    customElements.define('preflight-check', PreflightCheckElement);
  }
}

function unknown(what: string, given: string, known: readonly string[]): string {
  return `there is no ${what} "${given}"; known are ${known.join(', ')}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

declare global {
  interface HTMLElementTagNameMap {
    'preflight-check': PreflightCheckElement;
  }
  interface GlobalEventHandlersEventMap {
    'preflight-result': CustomEvent<PreflightResultDetail>;
    'preflight-fix': CustomEvent<PreflightFixDetail>;
  }
}
