import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type OptionName, optionFields, ruleSetNames, targetNames } from '@gemm-preflight/types';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { encodeLink } from '../src/state/link.js';
import { asOptions, firstOptions } from '../src/state/options.js';
import { firstState } from '../src/state/state.js';
import { chromiumExpected, dist, inChromium, type Opened, site } from './harness/opened.js';

describe.skipIf(!chromiumExpected)(inChromium, () => {
  const here = site();

  /** Opens the page, looks at it, and holds it to have complained of nothing. */
  async function onPage(look: (page: Page, opened: Opened) => Promise<void>, fragment = ''): Promise<void> {
    const opened = await here.open(fragment);
    try {
      await opened.page.waitForSelector('.verdict');
      await look(opened.page, opened);
      expect(opened.complaints).toEqual([]);
    } finally {
      await opened.close();
    }
  }

  const field = (page: Page, name: OptionName) => page.locator(`#option-${name}`);
  const verdict = (page: Page) => page.locator('.verdict strong').innerText();
  const settled = async (page: Page, fragment: string) => {
    await page.waitForFunction((before) => location.hash !== before, fragment);
  };

  it('loads at most 150 KB, from its own folder, and is there within a second', async () => {
    await onPage(async (page) => {
      await page.waitForLoadState('networkidle');
      const loaded = await page.evaluate(() =>
        [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(
          ({ name }) => name,
        ),
      );
      const { address } = here.served();
      expect(loaded.filter((url) => !url.startsWith(address))).toEqual([]);
      const bytes = loaded
        .map((url) => url.slice(address.length).split('#')[0] || 'index.html')
        .reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length, 0);
      expect(bytes).toBeGreaterThan(50_000);
      expect(bytes).toBeLessThan(150 * 1024);
      const painted = await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
      );
      console.log(
        `first load: ${bytes} bytes after gzip; first content ${Math.round(painted ?? 0)} ms after the start`,
      );
    });
  });

  it('has a policy that forbids what the page does not do', async () => {
    await onPage(async (page) => {
      const policy = await page.locator('meta[http-equiv="content-security-policy"]').getAttribute('content');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
      expect(policy).not.toContain('unsafe-inline');
    });
  });

  it('has a control for every option, in its group, with its description', async () => {
    await onPage(async (page) => {
      for (const { name, description } of optionFields) {
        expect(await field(page, name).count(), name).toBe(1);
        expect(await page.locator(`#option-${name}-help`).textContent()).toBe(description);
      }
      expect(await page.locator('fieldset').count()).toBe(
        new Set(optionFields.map(({ group }) => group)).size,
      );
      expect(await field(page, 'dtypeElt').locator('option').allInnerTexts()).toContain('E4m3 · 8 bits');
      expect(await page.getByLabel('Target').locator('option').count()).toBe(targetNames.length);
    });
  });

  it('checks at every keystroke, and says beside the field and in the list what is wrong', async () => {
    await onPage(async (page) => {
      expect(await verdict(page)).toBe('✓ can run on b200');
      await field(page, 'm').fill('7200');
      expect(await verdict(page)).toBe('✗ cannot run on b200');
      const finding = page
        .locator(
          '.findings li[data-rule="tma-store-divides-hidden"], .findings li[data-rule="dsfp8-hidden-multiple"]',
        )
        .first();
      expect(await finding.innerText()).toContain('7200');
      expect(await page.locator('#option-m-findings').innerText()).not.toBe('');
      expect(await field(page, 'm').getAttribute('aria-invalid')).toBe('true');
      await field(page, 'm').fill('many');
      expect(await page.locator('.findings').innerText()).toContain('m is "many"; it must be a whole number');
      await field(page, 'm').fill('');
      expect(await page.locator('.findings').innerText()).toContain('m');
      expect(await verdict(page)).toBe('✗ cannot run on b200');
    });
  });

  it('checks by any rule set, as Node does', async () => {
    const checker = createCheckerSync();
    await onPage(async (page) => {
      await page.getByLabel('Target').selectOption('h100');
      for (const ruleSet of ruleSetNames) {
        await page.getByLabel('Rules').selectOption(ruleSet);
        const { diagnostics } = checker.check(asOptions(firstOptions), 'h100', { ruleSet });
        const shown = await page.locator('.findings .message').allInnerTexts();
        expect(shown.toSorted()).toEqual(diagnostics.map(({ message }) => message).toSorted());
      }
    });
  });

  it('shows what was adjusted as old → new, and notes', async () => {
    await onPage(async (page) => {
      await field(page, 'mmaK').fill('16');
      expect(await page.locator('#option-mmaK-findings').innerText()).toContain('16 → 32');
      expect(await page.locator('.findings li[data-severity="adjusted"] .badge').first().innerText()).toBe(
        'adjusted',
      );
      expect(await page.locator('#option-atol-findings').innerText()).toContain('not given → 0.01');
    });
  });

  it('fixes by a button, undoes and redoes, by buttons and by keys', async () => {
    await onPage(async (page) => {
      await field(page, 'numStages').fill('20');
      expect(await verdict(page)).toBe('✗ cannot run on b200');
      await page.locator('.fix', { hasText: 'set numStages to' }).first().click();
      expect(await verdict(page)).toBe('✓ can run on b200');
      const fixed = await field(page, 'numStages').inputValue();
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await field(page, 'numStages').inputValue()).toBe('20');
      await page.keyboard.press('Control+z');
      expect(await field(page, 'numStages').inputValue()).toBe(String(firstOptions['numStages']));
      await page.keyboard.press('Control+Shift+z');
      await page.getByRole('button', { name: 'Redo' }).click();
      expect(await field(page, 'numStages').inputValue()).toBe(fixed);
    });
  });

  it('tells why, and links to the rule’s page', async () => {
    await onPage(async (page) => {
      await field(page, 'numStages').fill('20');
      const finding = page.locator('li[data-rule="shared-memory-limit"]');
      await finding.getByText('Why').click();
      expect((await finding.locator('details p').innerText()).length).toBeGreaterThan(20);
      const opened = page.waitForEvent('popup');
      await finding.getByRole('link', { name: 'shared-memory-limit' }).click();
      const rule = await opened;
      expect(await rule.locator('h1').innerText()).toBe('shared-memory-limit');
      await rule.getByRole('link', { name: 'All rules' }).first().click();
      await rule.waitForURL('**/rules/index.html');
      expect(await rule.locator('table').first().isVisible()).toBe(true);
    });
  });

  it('steps through the values that one would try, with keys and buttons', async () => {
    await onPage(async (page) => {
      await field(page, 'tileM').focus();
      await page.keyboard.press('ArrowDown');
      expect(await field(page, 'tileM').inputValue()).toBe('64');
      await page.getByRole('button', { name: 'numStages: larger' }).click();
      expect(await field(page, 'numStages').inputValue()).toBe('5');
      await field(page, 'm').focus();
      await page.keyboard.press('ArrowUp');
      expect(await field(page, 'm').inputValue()).toBe('7296');
    });
  });

  it('takes the problem of a model', async () => {
    await onPage(async (page) => {
      await page.getByLabel('Model').selectOption('Qwen3-30B-A3B');
      await page.getByLabel('Projection').selectOption('gate and up');
      await page.getByLabel('Experts here').selectOption('1');
      await page.getByRole('button', { name: 'Use it' }).click();
      expect(await field(page, 'm').inputValue()).toBe('1536');
      expect(await field(page, 'k').inputValue()).toBe('2048');
      expect(await field(page, 'n').inputValue()).toBe('512');
      expect((await field(page, 'batchedN').inputValue()).split(',')).toHaveLength(128);
      await page.getByLabel('Target').selectOption('h100');
      expect(await verdict(page)).toContain('on h100');
    });
  });

  it('draws what the check found, with the numbers on hover and in tables', async () => {
    await onPage(async (page) => {
      const grid = page.locator('.figure', { hasText: 'Output tiles' });
      expect(await grid.innerText()).toContain('840 CTAs');
      await grid.locator('svg').hover({ position: { x: 3, y: 3 } });
      await grid
        .getByText('CTA 0, wave 1: expert 0, 3 of 8 tokens, 128 of 128 hidden', { exact: true })
        .waitFor();
      await grid.getByText('As a table').click();
      await grid.locator('table').waitFor();
      expect(await grid.locator('tbody tr').count()).toBe(13);
      expect(await grid.locator('tbody tr').nth(2).innerText()).toMatch(/^3\s+1\s+1\s+7\s+87\.5 %$/);

      const memory = page.locator('.figure', { hasText: 'Shared memory' });
      expect(await memory.innerText()).toContain('of 227 KiB');
      await memory.locator('.chunk-A').nth(1).hover();
      await memory.getByText('A stage 2: 16 KiB at 16 KiB', { exact: true }).waitFor();
      await field(page, 'numStages').fill('20');
      await memory.getByText('beyond the limit').waitFor();
      expect(await memory.innerText()).toContain('too much');

      const waves = page.locator('.figure', { hasText: 'Waves over the SMs' });
      expect(await waves.innerText()).toContain('the last has 100 CTAs');
      const tile = page.locator('.figure', { hasText: 'Tile → epilogue tile → MMA' });
      expect(await tile.innerText()).toContain('2 epilogue tiles');
    });
  });

  it('keeps the state over reload, back and forward', async () => {
    await onPage(async (page) => {
      await field(page, 'tileN').fill('16');
      await settled(page, '');
      const first = await page.evaluate(() => location.hash);
      await page.getByLabel('Target').selectOption('gb200');
      await settled(page, first);
      await page.reload();
      await page.waitForSelector('.verdict');
      expect(await field(page, 'tileN').inputValue()).toBe('16');
      expect(await verdict(page)).toContain('on gb200');
      await page.goBack();
      await page.locator('.verdict', { hasText: 'on b200' }).waitFor();
      expect(await field(page, 'tileN').inputValue()).toBe('16');
      await page.goBack();
      await page.waitForFunction(
        () => document.querySelector<HTMLInputElement>('#option-tileN')?.value === '8',
      );
      await page.goForward();
      await page.goForward();
      await page.locator('.verdict', { hasText: 'on gb200' }).waitFor();
    });
  });

  it('keeps what was typed just before a reload', async () => {
    await onPage(async (page) => {
      await page.evaluate(() => {
        const input = document.querySelector<HTMLInputElement>('#option-tileN');
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, '16');
        input?.dispatchEvent(new Event('input', { bubbles: true }));
        location.reload();
      });
      await page.waitForFunction(() => location.hash.startsWith('#v1.'));
      await page.waitForSelector('.verdict');
      expect(await field(page, 'tileN').inputValue()).toBe('16');
    });
  });

  it('reproduces a link', async () => {
    const options = { ...firstOptions, tileM: 64, batchedN: [5, 0, 9] };
    const link = await encodeLink({ ...firstState, options, target: 'gb300', view: 'compare' });
    await onPage(async (page) => {
      expect(await page.getByRole('button', { name: 'Compare' }).getAttribute('aria-current')).toBe('page');
      await page.getByRole('button', { name: 'Check' }).click();
      expect(await field(page, 'tileM').inputValue()).toBe('64');
      expect(await field(page, 'batchedN').inputValue()).toBe('5, 0, 9');
      await page.getByRole('button', { name: 'Copy link' }).click();
      await page.getByText('Link copied.').waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('#v1.');
    }, `#${link}`);
  });

  it.each(['#v1.AAAA', '#v7.abcd', '#<script>', '#v1.', '#%'])(
    'is not broken by the link %s',
    async (fragment) => {
      await onPage(async (page) => {
        expect(await page.getByRole('alert').innerText()).toContain('The link cannot be read');
        expect(await verdict(page)).toBe('✓ can run on b200');
        await field(page, 'tileN').fill('16');
        expect(await field(page, 'tileN').inputValue()).toBe('16');
        // Once the address is good again, nothing is said of the old one.
        await page.getByRole('alert').waitFor({ state: 'detached' });
        await settled(page, fragment);
      }, fragment);
    },
  );

  it('is not broken by options of any kind in a link', async () => {
    const odd = {
      ...firstOptions,
      tileM: null,
      batchedN: { length: 3 },
      m: -5,
      k: 1e308,
      dtypeC: 7,
      strange: [[]],
    };
    const link = await encodeLink({ ...firstState, options: odd });
    await onPage(async (page) => {
      expect(await verdict(page)).toBe('✗ cannot run on b200');
      await page.getByRole('button', { name: 'remove strange' }).click();
      for (const view of ['Explore', 'Compare', 'Kernels', 'In and out', 'Check']) {
        await page.getByRole('button', { name: view }).click();
        await page.locator('main h2').first().waitFor();
      }
      expect(await page.getByRole('alert').count()).toBe(0);
    }, `#${link}`);
  });

  it('works without a network once it has been loaded', async () => {
    await onPage(async (page, { complaints }) => {
      await page.evaluate(async () => {
        await navigator.serviceWorker.ready;
      });
      await page.context().setOffline(true);
      await page.reload();
      await page.waitForSelector('.verdict');
      for (const view of ['Explore', 'Compare', 'Kernels', 'In and out']) {
        await page.getByRole('button', { name: view }).click();
        await page.locator('main h2').first().waitFor();
      }
      expect(complaints).toEqual([]);
    });
  });
});
