import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { encodeLink } from '../src/state/link.js';
import { firstOptions } from '../src/state/options.js';
import { firstState, type PageState, type View } from '../src/state/state.js';
import { chromiumExpected, inChromium, lookAt, site } from './harness/opened.js';

describe.skipIf(!chromiumExpected)(`what is brought and taken away, ${inChromium}`, () => {
  const here = site();
  const onView = async (view: View, look: (page: Page) => Promise<void>, state: Partial<PageState> = {}) => {
    await lookAt(here, `#${await encodeLink({ ...firstState, ...state, view })}`, async (page) => {
      await page.locator('main h2').first().waitFor();
      await look(page);
    });
  };

  it('takes over the rules of a case, and says that its kernel is not considered', async () => {
    await onView('exchange', async (page) => {
      const one = {
        target: 'h100',
        ruleSet: 'hopper-native@1',
        kernel: 'some_gemm',
        options: firstOptions,
      };
      await page.locator('#paste').fill(JSON.stringify(one));
      await page.getByText('It is for the kernel some_gemm, which this page does not hold').waitFor();
      await page.getByRole('button', { name: 'Take it over' }).click();
      expect(await page.getByLabel('Rules').inputValue()).toBe('hopper-native@1');
      expect(JSON.parse(await page.locator('pre').innerText())).toMatchObject({
        target: 'h100',
        ruleSet: 'hopper-native@1',
      });
      await page.locator('#paste').fill(JSON.stringify([one, { options: firstOptions }]));
      await page.getByText('1 of them name a kernel').waitFor();
    });
  });

  it('says what it does not read of what is dropped, and leaves to fields what is theirs', async () => {
    await onView('exchange', async (page) => {
      const drop = (files: readonly (readonly [string, number])[], text = '', on = 'body') =>
        page.evaluate(
          ([given, plain, selector]) => {
            const dataTransfer = new DataTransfer();
            for (const [name, bytes] of given) dataTransfer.items.add(new File(['7'.repeat(bytes)], name));
            if (plain !== '') dataTransfer.setData('text/plain', plain);
            const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
            return document.querySelector(selector)?.dispatchEvent(event);
          },
          [files, text, on] as const,
        );
      await drop([
        ['a.json', 1],
        ['b.json', 1],
      ]);
      await page.getByText('Only the first of 2 files is read: a.json.').waitFor();
      const before = performance.now();
      await drop([['large.json', 40_000_000]]);
      await page.getByText('large.json has more than 8 MiB').waitFor();
      expect(performance.now() - before).toBeLessThan(3000);
      // A field's own drop is left to the browser.
      expect(await drop([], '{"tileM": 64}', '#paste')).toBe(true);
      expect(await drop([], '{"tileM": 64}', 'h1')).toBe(false);
      await page.getByText('stay as they are').waitFor();
      await page.evaluate(() => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', 'a shopping list');
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
      });
      expect(await page.locator('#paste').inputValue()).toBe('{"tileM": 64}');
    });
  });

  it('shows the beginning of a long text, and reads all of it', async () => {
    await onView('exchange', async (page) => {
      const one = JSON.stringify({ options: firstOptions });
      const all = Array(1000).fill(one).join('\n');
      await page.locator('input[type=file]').setInputFiles({
        name: 'many.jsonl',
        mimeType: 'application/jsonl',
        buffer: Buffer.from(all),
      });
      await page.getByText('1,000 of 1,000 cases can run.').waitFor();
      expect(await page.locator('#paste').inputValue()).toHaveLength(50_001);
      expect(await page.locator('#paste').isEditable()).toBe(false);
      await page.getByRole('button', { name: 'Clear' }).click();
      expect(await page.locator('#paste').isEditable()).toBe(true);
    });
  });

  it('makes a log of options with any name, and says where it cannot', async () => {
    const hostile = { ...firstOptions, 'x": 1}\nJSON\n': "'+1+'" };
    await onView(
      'exchange',
      async (page) => {
        await page.getByRole('button', { name: 'Copy', exact: true }).click();
        await page.getByText('Copied as JSON.').waitFor();
        const saved = page.waitForEvent('download');
        await page.getByRole('button', { name: 'Download SARIF' }).click();
        const log = readFileSync(await (await saved).path(), 'utf8');
        expect(JSON.parse(log).runs[0].results.length).toBeGreaterThan(0);
        await page.getByText('Saved as preflight.sarif.').waitFor();
        expect(await page.getByText('Copied as JSON.').count()).toBe(0);
      },
      { options: hostile },
    );
    let deep: unknown = 1;
    for (let i = 0; i < 100; i++) deep = [deep];
    await onView(
      'exchange',
      async (page) => {
        await page.getByRole('button', { name: 'Download SARIF' }).click();
        await page.getByText('preflight.sarif cannot be made of this configuration').waitFor();
      },
      { options: { ...firstOptions, deep } },
    );
  });
});
