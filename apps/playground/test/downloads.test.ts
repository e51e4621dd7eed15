import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumExpected, inChromium, site } from './harness/opened.js';

describe.skipIf(!chromiumExpected)(`a part that does not come, ${inChromium}`, () => {
  const here = site();

  /** Opens the page without what keeps it for times without a network, and lets no request for a file through. */
  async function without(file: RegExp, look: (page: Page, restore: () => Promise<void>) => Promise<void>) {
    const { page, close } = await here.open('', { serviceWorkers: 'block' });
    await page.waitForSelector('.verdict');
    await page.route(file, (route) => route.abort());
    await look(page, () => page.unroute(file));
    await close();
  }

  const again = (page: Page) => page.getByRole('button', { name: 'Try again' });
  const show = (page: Page, view: string) => page.getByRole('button', { name: view }).click();

  it.each([
    ['Explore', /explore-view/, 'Explore'],
    ['Compare', /compare-view/, 'Compare'],
    ['In and out', /exchange-view/, 'In'],
  ])('the view %s says so, and comes when asked for again', async (view, file, heading) => {
    await without(file, async (page, restore) => {
      await page.locator('#option-tileN').fill('16');
      await show(page, view);
      await page.getByText('A part of this page could not be downloaded').waitFor();
      await restore();
      await again(page).click();
      await page.getByRole('heading', { name: heading, exact: true }).waitFor();
      await show(page, 'Check');
      expect(await page.locator('#option-tileN').inputValue()).toBe('16');
    });
  });

  it('says that it tried for as long as there is no network', async () => {
    await without(/./, async (page, restore) => {
      await show(page, 'Compare');
      await again(page).click();
      await page.getByText('Tried again once.').waitFor();
      await again(page).click();
      await page.getByText('Tried again 2 times.').waitFor();
      await restore();
      await again(page).click();
      await page.getByRole('button', { name: 'Keep the current one' }).waitFor();
    });
  });

  it('the built-in catalog', async () => {
    await without(/_virtual_catalogs/, async (page, restore) => {
      await show(page, 'Kernels');
      await page.getByText('A part of this page could not be downloaded').waitFor();
      await restore();
      await again(page).click();
      await page.getByText(/^\d+ of \d+ fit/).waitFor();
    });
  });

  it('the worker that makes maps', async () => {
    await without(/worker-/, async (page, restore) => {
      await show(page, 'Explore');
      await page.getByText('What makes the map could not be downloaded.').waitFor();
      await restore();
      await again(page).click();
      await page.getByText('226 of 512 can run').waitFor();
    });
  });

  it.each([
    ['a view', /compare-view/, 'Compare'],
    ['the worker', /worker-/, 'Explore'],
  ])('%s that a newer page on the host has not: the page is loaded anew', async (_, file, view) => {
    const { page, close } = await here.open('', { serviceWorkers: 'block' });
    await page.waitForSelector('.verdict');
    await page.locator('#option-tileN').fill('16');
    await page.route(file, (route) => route.fulfill({ status: 404 }));
    await show(page, view);
    await again(page).waitFor();
    const loaded = page.waitForEvent('load');
    await again(page).click();
    await loaded;
    await show(page, 'Check');
    expect(await page.locator('#option-tileN').inputValue()).toBe('16');
    await close();
  });
});
