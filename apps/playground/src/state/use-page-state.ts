import { type Dispatch, useEffect, useReducer, useRef, useState } from 'react';
import { type Action, advance, beginHistory, type History } from './history.js';
import { decodeLink, encodeLink } from './link.js';
import { firstState, type PageState } from './state.js';
import { keepUnwritten } from './unwritten.js';

/** How long after a change the address follows: browsers refuse pages that change it more often than a few times a second. */
const addressDelayMs = 200;

/**
 * The state, held in the address: a reload, a link, back and forward all lead to the same.
 * @param firstFault what was wrong with the address that the page was opened with
 */
export function usePageState(
  first: PageState,
  firstFault: string | undefined,
): readonly [history: History, dispatch: Dispatch<Action>, brokenLink: string | undefined] {
  const [history, dispatch] = useReducer(advance, first, beginHistory);
  const [brokenLink, setBrokenLink] = useState(firstFault);
  const step = useRef(false);
  const written = useRef<PageState>(first);
  const latest = useRef<PageState>(first);

  useEffect(() => {
    latest.current = history.now;
    if (history.now === written.current) return;
    step.current ||= history.step;
    const write = async () => {
      const fragment = `#${await encodeLink(history.now)}`;
      written.current = history.now;
      try {
        if (step.current && fragment !== location.hash) globalThis.history.pushState(null, '', fragment);
        else globalThis.history.replaceState(null, '', fragment);
      } catch {
        // The browser has had enough of changes for now; the next one brings the address up to date.
      }
      step.current = false;
    };
    const timer = setTimeout(write, addressDelayMs);
    return () => clearTimeout(timer);
  }, [history]);

  useEffect(() => {
    const leave = () => {
      if (latest.current !== written.current) keepUnwritten(latest.current);
    };
    addEventListener('pagehide', leave);
    return () => removeEventListener('pagehide', leave);
  }, []);

  useEffect(() => {
    const follow = async () => {
      try {
        const state = location.hash === '' ? firstState : await decodeLink(location.hash);
        written.current = state;
        setBrokenLink(undefined);
        dispatch({ type: 'load', state });
      } catch (error) {
        setBrokenLink(messageOf(error));
      }
    };
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);

  return [history, dispatch, brokenLink];
}

/** The message of what was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
