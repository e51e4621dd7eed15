import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { encodeLink } from '../src/state/link.js';
import { firstOptions } from '../src/state/options.js';
import { firstState, type PageState, views } from '../src/state/state.js';
import { chromiumExpected, inChromium, site } from './harness/opened.js';

const axe = createRequire(import.meta.url).resolve('axe-core');
/** `npm run screenshots` writes the pictures of the README. */
const shots = process.env['PREFLIGHT_SCREENSHOTS'] === '1';
const folder = fileURLToPath(new URL('../docs/', import.meta.url));

const wrong: PageState = {
  ...firstState,
  options: { ...firstOptions, m: 7200, epilogueTileM: 96, mmaK: 16, numStages: 14 },
  pinned: [{ label: 'A: 128×8×128', options: firstOptions, target: 'b200', ruleSet: firstState.ruleSet }],
};

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

async function faultsOf(page: Page): Promise<readonly string[]> {
  const { violations } = (await page.evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
  )) as AxeResults;
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
}

describe.skipIf(!chromiumExpected)(inChromium, () => {
  const here = site();

  it.each(['light', 'dark'] as const)('axe has nothing to say of any view, %s', async (colorScheme) => {
    // A debugger may bring axe in past the policy, which forbids it as a script.
    const { page, complaints, close } = await here.open(`#${await encodeLink(wrong)}`, {
      colorScheme,
      bypassCSP: true,
      reducedMotion: 'reduce',
    });
    await page.addScriptTag({ path: axe });
    for (const view of views) {
      await page.locator('.tab').nth(views.indexOf(view)).click();
      await page.locator('main h2').first().waitFor();
      if (view === 'explore') await page.locator('canvas').waitFor();
      if (view === 'kernels') await page.getByText(/of \d+ fit/).waitFor();
      if (view === 'check') {
        for (const one of await page.getByText('As a table').all()) await one.click();
        await page.locator('.figure table').nth(3).waitFor();
      }
      if (view === 'exchange') await page.locator('#paste').fill('{"tileM": }');
      expect(await faultsOf(page), view).toEqual([]);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  it('axe has nothing to say of the rules’ pages', async () => {
    const { page, close } = await here.open('rules/shared-memory-limit.html', { bypassCSP: true });
    for (const address of ['shared-memory-limit', 'index']) {
      await page.goto(`${here.served().address}rules/${address}.html`);
      await page.addScriptTag({ path: axe });
      expect(await faultsOf(page), address).toEqual([]);
    }
    await close();
  });

  it.each([360, 768, 1440, 3840])('fits into %i pixels, with nothing cut off', async (width) => {
    const { page, close } = await here.open(`#${await encodeLink(wrong)}`, {
      viewport: { width, height: 900 },
    });
    for (const [i] of views.entries()) {
      await page.locator('.tab').nth(i).click();
      await page.locator('main h2').first().waitFor();
      const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(scroll, views[i]).toBeLessThanOrEqual(width);
    }
    await close();
  });

  it('no control that one is led to lies beneath the bar, on a small screen too', async () => {
    const { page, close } = await here.open(`#${await encodeLink(wrong)}`, {
      viewport: { width: 360, height: 640 },
    });
    await page.waitForSelector('.verdict');
    await page.locator('footer a').focus();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Shift+Tab');
      const { what, top, bar } = await page.evaluate(() => ({
        what: document.activeElement?.id,
        top: document.activeElement?.getBoundingClientRect().top ?? 0,
        bar: document.querySelector('.verdict')?.getBoundingClientRect().bottom ?? 0,
      }));
      expect(top, what).toBeGreaterThanOrEqual(bar);
    }
    expect((await page.locator('.verdict').boundingBox())?.height).toBeLessThan(45);
    await close();
  });

  it.each([360, 1440])('shows a list as a whole in %i pixels', async (width) => {
    const { page, close } = await here.open('', { viewport: { width, height: 900 } });
    const list = page.locator('#option-batchedN');
    for (const count of [16, 60]) {
      await list.fill(Array.from({ length: count }, (_, i) => i).join(', '));
      expect(await list.evaluate((one) => one.scrollHeight - one.clientHeight)).toBeLessThanOrEqual(0);
    }
    await close();
  });

  it.each([1280, 1440])('shows which rules are in use in %i pixels', async (width) => {
    const { page, close } = await here.open('', { viewport: { width, height: 900 } });
    const rules = page.getByLabel('Rules');
    const width0 = await rules.evaluate((one) => one.getBoundingClientRect().width);
    // As wide as its longest name, if nothing narrows it.
    const wanted = await rules.evaluate((one) => {
      const copy = one.cloneNode(true) as HTMLElement;
      copy.style.width = 'max-content';
      copy.style.position = 'absolute';
      document.body.append(copy);
      const { width } = copy.getBoundingClientRect();
      copy.remove();
      return width;
    });
    expect(width0).toBeGreaterThanOrEqual(wanted - 1);
    await close();
  });

  it('uses all of a large screen', async () => {
    const { page, close } = await here.open('', { viewport: { width: 3840, height: 2000 } });
    expect((await page.locator('main').boundingBox())?.width).toBeGreaterThan(3600);
    await close();
  });

  it('everything can be reached by keyboard, and shows where it is', async () => {
    const { page, close } = await here.open(`#${await encodeLink(wrong)}`);
    await page.waitForSelector('.verdict');
    const reached = new Set<string>();
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return undefined;
        const { outlineStyle, borderStyle } = getComputedStyle(element);
        return {
          what: element.id || element.textContent?.slice(0, 24) || element.tagName,
          outlineStyle,
          borderStyle,
        };
      });
      if (at === undefined) break;
      expect(at.outlineStyle, at.what).not.toBe('none');
      reached.add(at.what);
    }
    for (const name of ['option-tileM', 'option-dtypeC', 'option-batchM', 'option-batchedN'])
      expect(reached).toContain(name);
    expect([...reached].some((what) => what.startsWith('set '))).toBe(true);
    await close();
  });

  it.skipIf(!shots)('is photographed', async () => {
    mkdirSync(folder, { recursive: true });
    const mapped: PageState = {
      ...firstState,
      options: { ...firstOptions, tileN: 64, mmaN: 32, epilogueTileN: 64, numStages: 6 },
      view: 'explore',
      explore: {
        x: { name: 'tileN', from: 8, to: 256, step: 8 },
        y: { name: 'mmaN', from: 8, to: 128, step: 8 },
        colour: 'rule',
      },
    };
    for (const [name, state, colorScheme] of [
      ['check', { ...wrong, pinned: [] }, 'light'],
      ['explore', mapped, 'dark'],
    ] as const) {
      const { view } = state;
      const { page, close } = await here.open(`#${await encodeLink(state)}`, {
        colorScheme,
        viewport: { width: 1680, height: 1010 },
      });
      await page.waitForSelector(view === 'check' ? '.figure' : 'canvas');
      await page.waitForTimeout(500);
      await page.screenshot({ path: `${folder}${name}.png` });
      await close();
    }
  });
});
