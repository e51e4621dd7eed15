import { messageOf } from '../message-of.js';
import { decodeLink, encodeLink } from './link.js';
import { firstState, type PageState } from './state.js';
import { keepUnwritten } from './unwritten.js';

/** What is wrong with the address: it holds no state, or cannot hold the one there is. */
export interface AddressFault {
  readonly kind: 'unreadable' | 'unwritable';
  readonly message: string;
}

// Browsers refuse pages that change their address more often than a few times a second: a step is written at once if nothing was
// just before, and what is typed after it when there is a pause, or has not been for long.
const apartMs = 400;
const pauseMs = 200;
const longestMs = 1000;
/** When to try again where the browser has had enough. */
const againMs = 2000;

/** A state that the address is to hold. */
interface Waiting {
  readonly state: PageState;
  /** As a new entry of the browser's history, not in place of the current one. */
  readonly push: boolean;
  readonly since: number;
}

/** The page's address, which follows the state, and which the state follows where the user goes back or opens a link. */
export class Address {
  readonly #onFault: (fault: AddressFault | undefined) => void;
  readonly #onState: (state: PageState) => void;
  #written: PageState;
  #latest: PageState;
  #waiting: Waiting | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastWrite = Number.NEGATIVE_INFINITY;
  /** The fragment before the last write. */
  #before = '';
  /** Where in the browser's history the page is. Kept in its entries, because browsers do not tell. */
  #entry = 0;
  /** The page itself goes through the browser's history. */
  #goes = false;
  #reads = 0;

  constructor(
    first: PageState,
    onState: (state: PageState) => void,
    onFault: (fault: AddressFault | undefined) => void,
  ) {
    this.#written = first;
    this.#latest = first;
    this.#onState = onState;
    this.#onFault = onFault;
  }

  /** Begins to listen to the browser; returns what ends it. */
  listen(): () => void {
    this.#entry = entryOf(history.state) ?? 0;
    history.replaceState({ entry: this.#entry }, '');
    const onPopState = (event: PopStateEvent) => {
      if (!this.#goes) void this.#follow(entryOf(event.state));
    };
    const onPageHide = () => {
      // A reload that was under way at the last write leads to the address before it.
      const isJustWritten = performance.now() - this.#lastWrite < longestMs;
      if (this.#latest === this.#written && !isJustWritten) return;
      keepUnwritten(this.#latest, isJustWritten ? [this.#before, location.hash] : [location.hash]);
    };
    addEventListener('popstate', onPopState);
    addEventListener('pagehide', onPageHide);
    return () => {
      removeEventListener('popstate', onPopState);
      removeEventListener('pagehide', onPageHide);
      clearTimeout(this.#timer);
    };
  }

  /** Has the address follow a state. */
  hold(state: PageState, step: boolean): void {
    if (state === this.#latest) return;
    this.#latest = state;
    clearTimeout(this.#timer);
    if (state === this.#written) {
      this.#waiting = undefined;
      return;
    }
    const now = performance.now();
    const { push = false, since = now } = this.#waiting ?? {};
    this.#waiting = { state, push: push || step, since };
    const isAlone = step && now - this.#lastWrite > apartMs && since === now;
    const delay = isAlone ? 0 : Math.min(pauseMs, Math.max(0, since + longestMs - now));
    this.#timer = setTimeout(() => this.#write(), delay);
  }

  /** Goes to the state of a link, as if it was the next page. */
  async open(fragment: string): Promise<void> {
    await this.#write();
    if (fragment === location.hash) await this.#follow(this.#entry);
    else location.hash = fragment;
  }

  async #write(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    clearTimeout(this.#timer);
    let fragment: string;
    try {
      fragment = `#${await encodeLink(waiting.state)}`;
    } catch (error) {
      if (this.#waiting !== waiting) return;
      this.#waiting = undefined;
      this.#onFault({ kind: 'unwritable', message: messageOf(error) });
      return;
    }
    // Meanwhile there may be a newer one, or the browser have left the entry that this one belongs to.
    if (this.#waiting === waiting) this.#put(waiting, fragment);
  }

  #put({ state, push }: Waiting, fragment: string): void {
    const isNew = push && fragment !== location.hash;
    const entry = this.#entry + (isNew ? 1 : 0);
    const before = location.hash;
    try {
      if (isNew) history.pushState({ entry }, '', fragment);
      else history.replaceState({ entry }, '', fragment);
    } catch {
      this.#timer = setTimeout(() => this.#write(), againMs);
      return;
    }
    this.#entry = entry;
    this.#before = before;
    this.#waiting = undefined;
    this.#written = state;
    this.#lastWrite = performance.now();
    this.#onFault(undefined);
  }

  /**
   * Reads the address that the browser has gone to.
   * @param entry where it is in the browser's history; undefined for a new entry, of a link that was opened
   */
  async #follow(entry: number | undefined): Promise<void> {
    const by = entry === undefined ? 1 : entry - this.#entry;
    if (this.#waiting !== undefined && entry !== undefined && by !== 0) {
      this.#goes = true;
      try {
        // The change that waits belongs to the entry that was left.
        await go(-by);
        const { push } = this.#waiting;
        await this.#write();
        // A step that was not written yet has no entries after it.
        if (by > 0 && push) return;
        await go(by);
      } finally {
        this.#goes = false;
      }
    }
    clearTimeout(this.#timer);
    this.#waiting = undefined;
    this.#entry = entryOf(history.state) ?? this.#entry + 1;
    history.replaceState({ entry: this.#entry }, '');
    await this.#read();
  }

  async #read(): Promise<void> {
    const read = ++this.#reads;
    try {
      const state = location.hash === '' ? firstState : await decodeLink(location.hash);
      if (read !== this.#reads) return;
      this.#written = state;
      this.#latest = state;
      this.#onFault(undefined);
      this.#onState(state);
    } catch (error) {
      if (read === this.#reads) this.#onFault({ kind: 'unreadable', message: messageOf(error) });
    }
  }
}

/** Goes through the browser's history, and waits until it is there. */
async function go(by: number): Promise<void> {
  const there = new Promise<void>((resolve) => {
    addEventListener('popstate', () => resolve(), { once: true });
    setTimeout(resolve, longestMs);
  });
  history.go(by);
  await there;
}

function entryOf(state: unknown): number | undefined {
  const { entry } = (state ?? {}) as { readonly entry?: unknown };
  return typeof entry === 'number' ? entry : undefined;
}
