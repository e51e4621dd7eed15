import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import {
  chromiumExpected,
  type RunningChromium,
  startChromium,
} from '../../../../packages/checker-wasm/test/browser/chromium.js';
import { type Served, serve } from './served.js';

export { chromiumExpected };

/** The built page, as it would be copied to a host. */
export const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

/** For the titles of tests: where they run, or why they do not. */
export const inChromium = chromiumExpected
  ? 'in Chromium'
  : `in Chromium: SKIPPED on ${process.platform} ${process.arch}, set PREFLIGHT_CHROMIUM to the path of one`;

/** A page of the browser, and what it complained about. */
export interface Opened {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, and what the policy refused. */
  readonly complaints: readonly string[];
  /** Closes the page and its context. */
  close(): Promise<void>;
}

/** What the tests of a file share: a browser, and the page on a server. */
export interface Site {
  readonly served: () => Served;
  /** Opens the page, at a fragment, in a context of its own. */
  open(fragment?: string, options?: BrowserContextOptions): Promise<Opened>;
}

/** Starts a browser and a server for the tests of a file. */
export function site(folder = dist, below = '/tools/preflight/'): Site {
  let chromium: RunningChromium | undefined;
  let served: Served | undefined;
  beforeAll(async () => {
    served = await serve(folder, below);
    chromium = await startChromium();
  }, 120_000);
  afterAll(async () => {
    await chromium?.close();
    await served?.close();
  }, 60_000);
  const running = () => {
    if (served === undefined || chromium === undefined) throw new Error('the site is not up');
    return { served, chromium };
  };
  return {
    served: () => running().served,
    async open(fragment = '', options = {}) {
      const { chromium, served } = running();
      const context = await chromium.browser.newContext({
        viewport: { width: 1440, height: 900 },
        permissions: ['clipboard-read', 'clipboard-write'],
        ...options,
      });
      const page = await context.newPage();
      // Less than a test may take, so that a failure says what was waited for.
      page.setDefaultTimeout(30_000);
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${served.address}${fragment}`);
      return { page, complaints, close: () => context.close() };
    },
  };
}

/** Opens the page at a fragment, looks at it, and holds it to have complained of nothing. */
export async function lookAt(
  site: Site,
  fragment: string,
  look: (page: Page, opened: Opened) => Promise<void>,
): Promise<void> {
  const opened = await site.open(fragment);
  try {
    await opened.page.waitForSelector('.verdict');
    await look(opened.page, opened);
    if (opened.complaints.length > 0) throw new Error(`the page complained: ${opened.complaints.join('; ')}`);
  } finally {
    await opened.close();
  }
}
