import type { OptionName } from '@gemm-preflight/types';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { decodeLink } from '../src/state/link.js';
import { firstOptions } from '../src/state/options.js';
import { chromiumExpected, inChromium, lookAt, site } from './harness/opened.js';

describe.skipIf(!chromiumExpected)(`the address, ${inChromium}`, () => {
  const here = site();
  const onPage = (look: (page: Page) => Promise<void>) => lookAt(here, '', look);
  const field = (page: Page, name: OptionName) => page.locator(`#option-${name}`);
  const settled = async (page: Page, fragment: string) => {
    await page.waitForFunction((before) => location.hash !== before, fragment);
  };

  it('goes back one step however soon, and forward to what was typed last', async () => {
    await onPage(async (page) => {
      const type = (name: OptionName, value: string) =>
        page.evaluate(
          ([id, text]) => {
            const input = document.querySelector<HTMLInputElement>(`#option-${id}`);
            Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, text);
            input?.dispatchEvent(new Event('input', { bubbles: true }));
          },
          [name, value] as const,
        );
      await type('tileN', '16');
      await settled(page, '');
      await page.waitForTimeout(500);
      // Two steps in one moment: the second still waits for the address when the browser goes back.
      await type('tileM', '64');
      await page.waitForTimeout(50);
      await type('numStages', '3');
      await page.evaluate(() => history.back());
      await page.waitForFunction(
        () => document.querySelector<HTMLInputElement>('#option-numStages')?.value === '4',
      );
      expect(await field(page, 'tileM').inputValue()).toBe('64');
      expect(await field(page, 'tileN').inputValue()).toBe('16');
      await page.goForward();
      await page.waitForFunction(
        () => document.querySelector<HTMLInputElement>('#option-numStages')?.value === '3',
      );
      await page.goBack();
      await page.goBack();
      await page.waitForFunction(
        () => document.querySelector<HTMLInputElement>('#option-tileM')?.value === '128',
      );
      expect(await field(page, 'tileN').inputValue()).toBe('16');
    });
  });

  it('has the address follow while somebody types on and on', async () => {
    await onPage(async (page) => {
      await field(page, 'm').focus();
      const addresses = new Set<string>();
      for (let i = 0; i < 30; i++) {
        await page.keyboard.press(String(i % 10));
        await page.waitForTimeout(120);
        addresses.add(await page.evaluate(() => location.hash));
      }
      expect(addresses.size).toBeGreaterThan(2);
    });
  });

  it('copies the link of what is shown, not of what was before', async () => {
    await onPage(async (page) => {
      await page.evaluate(() => {
        const button = [...document.querySelectorAll('button')].find((one) => one.innerText === 'Copy link');
        for (const [id, value] of [
          ['m', '1024'],
          ['k', '4096'],
        ]) {
          const input = document.querySelector<HTMLInputElement>(`#option-${id}`);
          Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, value);
          input?.dispatchEvent(new Event('input', { bubbles: true }));
        }
        button?.click();
      });
      await page.getByText('Link copied.').waitFor();
      const link = await page.evaluate(() => navigator.clipboard.readText());
      expect((await decodeLink(new URL(link).hash)).options).toMatchObject({ m: 1024, k: 4096 });
      // A link pasted where no field has the focus is opened.
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.evaluate((text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', text);
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
      }, link);
      await page.waitForFunction(
        () => document.querySelector<HTMLInputElement>('#option-k')?.value === '4096',
      );
    });
  });

  it('keeps the last address that can be read where the options are too long for one', async () => {
    await onPage(async (page) => {
      await page.getByRole('button', { name: 'In and out' }).click();
      await settled(page, '');
      const before = await page.evaluate(() => location.hash);
      const options = { ...firstOptions, strange: 'x'.repeat(4_500_000) };
      await page.locator('input[type=file]').setInputFiles({
        name: 'long.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify([{ options }])),
      });
      await page.getByRole('button', { name: 'case 1' }).click();
      await page.getByRole('alert').waitFor();
      expect(await page.getByRole('alert').innerText()).toContain('the options are too long for a link');
      expect(await page.evaluate(() => location.hash)).toBe(before);
      await page.getByRole('button', { name: 'Copy link' }).click();
      await page.getByText('No link was copied: the options are too long for a link.').waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByRole('alert').waitFor({ state: 'detached' });
    });
  });

  it('keeps a number that is too large over a reload', async () => {
    await onPage(async (page) => {
      await field(page, 'm').fill('1e999');
      await settled(page, '');
      await page.waitForTimeout(500);
      await page.reload();
      await page.waitForSelector('.verdict');
      expect(await field(page, 'm').inputValue()).toBe('1e999');
      expect(await page.locator('.findings').innerText()).toContain('m is "1e999"');
    });
  });
});
