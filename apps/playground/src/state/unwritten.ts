import { jsonOf } from './link.js';
import { type PageState, readState } from './state.js';

// The address follows a change a moment later. What is typed in the last moment before the page is left, by a reload say, waits
// for it in the tab's session storage.

const key = 'preflight.unwritten';

/**
 * Keeps a state that the address may not hold yet.
 * @param addresses the fragments of which it is to be taken again
 */
export function keepUnwritten(state: PageState, addresses: readonly string[]): void {
  try {
    sessionStorage.setItem(key, `{"addresses":${JSON.stringify(addresses)},"state":${jsonOf(state)}}`);
  } catch {
    // No storage, in some private windows: the last moment is lost.
  }
}

/** The state that was kept when this address was left, once. */
export function takeUnwritten(): PageState | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null');
    sessionStorage.removeItem(key);
    return kept?.addresses?.includes(location.hash) ? readState(kept.state) : undefined;
  } catch {
    return undefined;
  }
}
