import { createChecker } from '@gemm-preflight/checker-wasm';
import { ruleSets } from '@gemm-preflight/types';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { messageOf } from './message-of.js';
import { decodeLink, encodeLink } from './state/link.js';
import { firstState, type PageState } from './state/state.js';
import { takeUnwritten } from './state/unwritten.js';
import './ui/styles.css';

/** The state of the address, and what is wrong with it if it holds none. */
async function readAddress(): Promise<readonly [state: PageState, fault?: string]> {
  const unwritten = takeUnwritten();
  if (unwritten !== undefined) {
    try {
      history.replaceState(history.state, '', `#${await encodeLink(unwritten)}`);
    } catch {
      // It is too long for the address, which stays as it is; the page says so with the next change.
    }
    return [unwritten];
  }
  if (location.hash === '' || location.hash === '#') return [firstState];
  try {
    return [await decodeLink(location.hash)];
  } catch (error) {
    return [firstState, messageOf(error)];
  }
}

/** Keeps the page's files for times without a network, once everything that is needed now is there. */
function keepForOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // Where it is not allowed, in a private window say, the page works as it did, with a network.
  navigator.serviceWorker.register('./sw.js').catch(() => undefined);
}

const page = document.getElementById('page');
if (page === null) throw new Error('the document has no element "page"');
try {
  const [checker, [state, fault]] = await Promise.all([
    createChecker(undefined, Object.values(ruleSets)),
    readAddress(),
  ]);
  createRoot(page).render(
    <StrictMode>
      <App checker={checker} first={state} firstFault={fault} />
    </StrictMode>,
  );
  if (document.readyState === 'complete') keepForOffline();
  else addEventListener('load', keepForOffline);
} catch (error) {
  page.textContent = `The checker does not start: ${messageOf(error)}`;
}
