import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { chromiumExpected, dist, inChromium, site } from './harness/opened.js';

/** Two builds on one host, as on GitHub Pages: /a/ and a copy of it in another version at /a/b/. */
function twoBuilds(): string {
  const folder = mkdtempSync(join(tmpdir(), 'preflight-two-builds-'));
  for (const below of ['a', 'a/b']) cpSync(dist, join(folder, below), { recursive: true });
  const worker = join(folder, 'a/b/sw.js');
  const source = readFileSync(worker, 'utf8');
  const other = source.replace(/[0-9a-f]{16}/, '0123456789abcdef');
  if (other === source) throw new Error('sw.js has no version');
  writeFileSync(worker, other);
  return folder;
}

const kept = (page: Page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => caches.keys()));

describe.skipIf(!chromiumExpected)(`without a network, ${inChromium}`, () => {
  const folder = chromiumExpected ? twoBuilds() : '';
  const here = site(folder, '/');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('every view works once the page has been loaded, with its map and its catalog', async () => {
    const { page, complaints, close } = await here.open('a/');
    await page.waitForSelector('.verdict');
    await kept(page);
    await page.context().setOffline(true);
    await page.reload();
    await page.waitForSelector('.verdict');
    const view = (name: string) => page.getByRole('button', { name }).click();
    await view('Explore');
    await page.getByText('226 of 512 can run').waitFor();
    await view('Compare');
    await page.getByRole('button', { name: 'Keep the current one' }).waitFor();
    await view('Kernels');
    await page.getByText(/^[1-9]\d* of \d+ fit/).waitFor();
    await view('In and out');
    await page.locator('#paste').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('two builds on one host leave each other’s files alone', async () => {
    const { page, close } = await here.open('a/');
    await page.waitForSelector('.verdict');
    await kept(page);
    const { address } = here.served();
    await page.goto(`${address}a/b/`);
    await page.waitForSelector('.verdict');
    // Until its own worker has taken over from the one of the folder above.
    await page.waitForFunction(async () => {
      const registration = await navigator.serviceWorker.getRegistration('./');
      return registration?.scope === location.href && registration.active?.state === 'activated';
    });
    expect(await kept(page)).toHaveLength(2);
    await page.context().setOffline(true);
    for (const below of ['a/', 'a/b/']) {
      await page.goto(`${address}${below}`);
      await page.waitForSelector('.verdict');
    }
    await close();
  });

  it('a newer build takes the place of the older one', async () => {
    const { page, close } = await here.open('a/');
    await page.waitForSelector('.verdict');
    const [before] = await kept(page);
    const worker = join(folder, 'a/sw.js');
    writeFileSync(worker, readFileSync(worker, 'utf8').replace(/[0-9a-f]{16}/, 'fedcba9876543210'));
    await page.evaluate(async () => {
      await (await navigator.serviceWorker.getRegistration('./'))?.update();
    });
    // It waits until no page of the older one is open.
    await page.goto('about:blank');
    await page.goto(`${here.served().address}a/`);
    await page.waitForFunction(async (old) => {
      const names = await caches.keys();
      return names.length === 1 && names[0] !== old;
    }, before);
    await close();
  });
});
