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

  it('loads at most 150 KB, from its own folder', async () => {
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

  it('fixes all at once, having looked ahead, and says what that changes', async () => {
    await onPage(async (page) => {
      expect(await page.getByRole('button', { name: 'Fix all' }).count()).toBe(0);
      await field(page, 'tileK').fill('64');
      await field(page, 'mmaN').fill('16');
      const all = page.locator('.fix-all', { hasText: 'set tileK to 128' });
      await all.waitFor();
      expect(await all.innerText()).toContain('set tileN to 16');
      expect(await all.innerText()).toContain('then it can run');
      await all.getByRole('button', { name: 'Fix all' }).press('Enter');
      expect(await verdict(page)).toBe('✓ can run on b200');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Findings');
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await field(page, 'mmaN').inputValue()).toBe('16');
      expect(await verdict(page)).toBe('✗ cannot run on b200');
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

  it('keeps the focus after a fix, and where undo and redo end', async () => {
    await onPage(async (page) => {
      const focused = () =>
        page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent);
      await field(page, 'numStages').fill('20');
      await field(page, 'm').fill('7200');
      for (let left = await page.locator('.findings .fix').count(); left > 0; left--) {
        if ((await page.locator('.findings .fix').count()) === 0) break;
        await page.locator('.findings .fix').first().focus();
        await page.keyboard.press('Enter');
        expect(await focused()).toMatch(/^(finding-|found-title)/);
      }
      expect(await focused()).toBe('found-title');
      for (const name of ['Undo', 'Redo']) {
        const button = page.getByRole('button', { name, exact: true });
        await button.focus();
        for (let i = 0; i < 10; i++) await page.keyboard.press('Enter');
        expect(await focused()).toBe(name);
        expect(await button.getAttribute('aria-disabled')).toBe('true');
      }
    });
  });

  it('leads from a field to its finding and back, and from the bar to the findings', async () => {
    await onPage(async (page) => {
      const focused = () => page.evaluate(() => document.activeElement?.id);
      await field(page, 'numStages').fill('20');
      const beside = page.locator('#option-numStages-findings button');
      expect(await beside.innerText()).toContain('of the 227 KiB that a block of b200 can have');
      await beside.click();
      expect(await focused()).toMatch(/^finding-shared-memory-limit/);
      await page.locator('.findings .concerned button', { hasText: 'tileN' }).first().click();
      expect(await focused()).toBe('option-tileN');
      // One error is not told in full beside each of the ten options that it speaks of.
      expect(await page.locator('#option-tileN-findings').innerText()).toContain('see shared-memory-limit');
      expect(await page.locator('.control[data-severity="error"]').count()).toBe(1);
      await page.locator('.verdict').getByRole('button', { name: '1 error' }).click();
      expect(await focused()).toMatch(/^finding-shared-memory-limit/);
      await page.getByRole('button', { name: 'Kernels' }).click();
      await page.locator('.verdict').getByRole('button', { name: '1 note' }).click();
      expect(await focused()).toMatch(/^finding-tolerance-dsfp8/);
    });
  });

  it('tells severities apart without colours', async () => {
    await onPage(async (page) => {
      await field(page, 'mmaK').fill('16');
      await field(page, 'numStages').fill('20');
      const mark = (name: OptionName) => page.locator(`#option-${name}-findings .mark`).first().innerText();
      const marks = [await mark('numStages'), await mark('mmaK'), await mark('atol')];
      expect(new Set(marks).size).toBe(3);
    });
  });

  it('takes lists as the page writes them, and says what is too much', async () => {
    await onPage(async (page) => {
      await field(page, 'batchedN').fill('[3,0,8]');
      expect(await verdict(page)).toBe('✓ can run on b200');
      expect(await field(page, 'numBatches').getAttribute('aria-invalid')).toBe('false');
      await field(page, 'batchedN').fill('[]');
      expect(await verdict(page)).toBe('✓ can run on b200');
      await field(page, 'batchedN').fill('4x9999 4x9999');
      expect(await page.locator('#option-batchedN-findings').innerText()).toContain('more than 1,024');
      await field(page, 'm').fill('1e400');
      expect(await page.locator('#option-m-findings').innerText()).toContain('1e400 is too large a number');
      expect(await page.locator('main').innerText()).not.toContain('Infinity');
    });
  });

  it('marks what is not read', async () => {
    await onPage(async (page) => {
      const marked = () => page.locator('.control', { has: page.locator('.unread') }).allInnerTexts();
      expect((await marked()).map((text) => text.split(' ')[0])).toEqual([
        'n',
        'batchedM',
        'numTokens',
        'numBatches',
      ]);
      await field(page, 'batchM').check();
      expect((await marked()).map((text) => text.split(' ')[0])).toContain('m');
    });
  });

  it('offers the rules of the target’s own kernels', async () => {
    await onPage(async (page) => {
      const own = page.locator('.own-rules');
      expect(await own.count()).toBe(0);
      await page.getByLabel('Target').selectOption('h100');
      expect(await verdict(page)).toBe('✗ cannot run on h100');
      await own.focus();
      await page.keyboard.press('Enter');
      expect(await verdict(page)).toBe('✓ can run on h100');
      expect(await page.getByLabel('Rules').inputValue()).toBe('hopper-native@1');
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('STRONG');
      await page.getByLabel('Target').selectOption('b200');
      expect(await own.innerText()).toBe('Check by trtllm-gen@2025-03');
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
      await page.getByRole('button', { name: 'clusterDimX: smaller' }).click();
      const cluster = page.getByRole('spinbutton', { name: 'clusterDimX' });
      expect(await cluster.inputValue()).toBe('1');
      expect(await cluster.getAttribute('aria-valuenow')).toBe('1');
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

  it('sets the types of a model, shares its experts as they can be, and refuses what is no count', async () => {
    await onPage(async (page) => {
      await page.getByLabel('Model').selectOption('Mixtral 8x7B');
      expect(await page.getByLabel('Experts here').inputValue()).toBe('8');
      expect(await page.locator('.presets').innerText()).toContain('8 experts go to at most 8 GPUs');
      await page.getByLabel('Model').selectOption('GPT-OSS-20B');
      await page.getByLabel('Tokens', { exact: true }).fill('1,00');
      expect(await page.locator('.presets .fault').innerText()).toContain('from 1 to 65,536');
      await page.getByRole('button', { name: 'Use it' }).click();
      expect(await page.evaluate(() => document.activeElement?.getAttribute('inputmode'))).toBe('numeric');
      expect(await field(page, 'm').inputValue()).toBe('7168');
      await page.getByLabel('Tokens', { exact: true }).fill('1,000');
      await page.getByRole('button', { name: 'Use it' }).click();
      expect(await field(page, 'm').inputValue()).toBe('2880');
      expect(await field(page, 'dtypeElt').inputValue()).toBe('Bfloat16');
      expect(await field(page, 'useDeepSeekFp8').isChecked()).toBe(false);
      for (const fix of ['set tileK to 64', 'set tileM to 64'])
        await page.getByRole('button', { name: fix }).first().click();
      expect(await verdict(page)).toBe('✓ can run on b200');
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
      await grid.locator('table').first().waitFor();
      const experts = grid.locator('table').nth(1).locator('tbody tr');
      expect(await experts.count()).toBe(17);
      expect(await experts.nth(1).innerText()).toMatch(/^1\s+0\s+0\s+0\s+0\s*$/);
      expect(await experts.nth(3).innerText()).toMatch(/^3\s+1\s+1\s+56\s+112\s+1\sto\s2\s+1\s+7\s+87\.5 %$/);
      expect(await experts.nth(16).innerText()).toMatch(/^Total\s+64\s+15\s+840\s+1\sto\s6\s+56\s+46\.7 %$/);
      expect(await grid.locator('table').first().innerText()).toContain('100 CTAs, 48 SMs idle');

      const memory = page.locator('.figure', { hasText: 'Shared memory' });
      expect(await memory.innerText()).toContain('of 227 KiB');
      await memory.locator('.chunk-A').nth(1).hover();
      await memory.getByText('A stage 2: 16 KiB (16,384 bytes) from byte 16,384', { exact: true }).waitFor();
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
});
