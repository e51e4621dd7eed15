import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chromiumExpected,
  type RunningChromium,
  startChromium,
} from '../../checker-wasm/test/browser/chromium.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const axe = createRequire(import.meta.url).resolve('axe-core');
const where = chromiumExpected
  ? 'in Chromium'
  : `in Chromium: SKIPPED on ${process.platform} ${process.arch}, set PREFLIGHT_CHROMIUM to the path of one`;

declare global {
  /** On the blank page: makes the element known. */
  var define: () => Promise<void>;
}

it('can be imported where there is no document', async () => {
  const { definePreflightCheck } = await import('@gemm-preflight/element');
  expect(() => definePreflightCheck()).not.toThrow();
});

describe.skipIf(!chromiumExpected)(where, () => {
  let chromium: RunningChromium | undefined;
  let server: Server | undefined;
  let address = '';

  beforeAll(async () => {
    const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };
    const strict =
      '<!doctype html><title>Strict</title><script type=module src=/packages/element/dist/preflight-check.js></script><preflight-check></preflight-check>';
    const blank =
      '<!doctype html><title>Blank</title><script>define = () => import("/packages/element/dist/preflight-check.js")</script>';
    server = createServer(({ url = '/' }, response) => {
      if (url === '/blank') {
        response.setHeader('content-type', 'text/html');
        return response.end(blank);
      }
      if (url === '/strict') {
        response.setHeader(
          'content-security-policy',
          "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
        );
        response.setHeader('content-type', 'text/html');
        return response.end(strict);
      }
      try {
        const body = readFileSync(`${root}${new URL(url, 'http://x').pathname}`);
        response.setHeader('content-type', `${types[extname(url)] ?? 'text/plain'}; charset=utf-8`);
        return response.end(body);
      } catch {
        return response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
      }
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    chromium = await startChromium();
  }, 120_000);

  afterAll(async () => {
    await chromium?.close();
    server?.closeAllConnections();
    server?.close();
  }, 60_000);

  async function on(path: string, look: (page: Page) => Promise<void>, options = {}): Promise<void> {
    const context = await chromium?.browser.newContext(options);
    if (context === undefined) throw new Error('no browser');
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${address}${path}`);
    await look(page);
    expect(complaints).toEqual([]);
    await context.close();
  }

  const verdict = (page: Page) => page.locator('preflight-check .verdict').innerText();

  it('the sample page checks, tells the page, and mends by a button', async () => {
    await on('/docs/element.html', async (page) => {
      await page.getByText('cannot run', { exact: true }).waitFor();
      expect(await verdict(page)).toBe('✗ cannot run on b200: 3 errors, 1 note');
      await page.getByRole('button', { name: /set numStages to/ }).click();
      expect(Number(await page.locator('input[name=numStages]').inputValue())).toBeLessThan(20);
      await page.getByRole('button', { name: 'set m to 7296' }).first().click();
      await page.getByText('can run', { exact: true }).waitFor();
      expect(await page.locator('input[name=m]').inputValue()).toBe('7296');
      await page.locator('input[name=m]').fill('');
      await page.getByText('m is NaN').waitFor();
    });
  });

  it('is themed by custom properties and parts', async () => {
    await on('/docs/element.html', async (page) => {
      await page.locator('preflight-check .message').first().waitFor();
      expect(
        await page.locator('preflight-check').evaluate((one) => getComputedStyle(one).borderRadius),
      ).toBe('4px');
      expect(
        await page
          .locator('preflight-check .message')
          .first()
          .evaluate((one) => getComputedStyle(one).fontStyle),
      ).toBe('italic');
      expect(
        await page
          .getByRole('button')
          .first()
          .evaluate((one) => getComputedStyle(one).color),
      ).toBe('rgb(106, 31, 176)');
    });
  });

  it('takes attributes and properties, works under a strict policy, and says what it cannot check', async () => {
    await on('/strict', async (page) => {
      await page.getByText('there are no options to check').waitFor();
      const said = await page.evaluate(async () => {
        const check = document.querySelector('preflight-check');
        if (check === null) throw new Error('no element');
        const next = (set: () => void) =>
          new Promise<string>((resolve) => {
            check.addEventListener(
              'preflight-result',
              (event) => {
                const { result, fault } = (event as CustomEvent).detail;
                resolve(fault ?? result.diagnostics[0].message);
              },
              { once: true },
            );
            set();
          });
        return [
          await next(() => check.setAttribute('options', '{"tileM": }')),
          await next(() => check.setAttribute('options', '{"tileM": "64"}')),
          await next(() => Object.assign(check, { target: 'b100' })),
          await next(() => Object.assign(check, { target: 'h100', ruleSet: 'none@0' })),
        ];
      });
      expect(said[0]).toContain('the attribute options is no JSON');
      expect(said[1]).toContain('missing');
      expect(said[2]).toContain('there is no target "b100"; known are h100');
      expect(said[3]).toContain('there is no rule set "none@0"');
    });
  });

  /** On a page without anything but the element's script: runs there, given the sample page's options. */
  async function onBlank<T>(run: (options: string) => Promise<T>): Promise<T> {
    const sample = readFileSync(`${root}docs/element.html`, 'utf8');
    const options = /options='([^']+)'/.exec(sample)?.[1] ?? '';
    let result: T | undefined;
    await on('/blank', async (page) => {
      result = await page.evaluate(run, options);
    });
    return result as T;
  }

  it('takes properties that were set before the element was known', async () => {
    const said = await onBlank(async (options) => {
      const early = document.createElement('preflight-check');
      Object.assign(early, { options: JSON.parse(options), target: 'gb300' });
      document.body.append(early);
      const said = new Promise<unknown>((resolve) =>
        early.addEventListener('preflight-result', ({ detail }) => resolve([detail.target, detail.fault])),
      );
      await define();
      return [await said, Object.keys(early), early.getAttribute('target')];
    });
    expect(said).toEqual([['gb300', undefined], [], 'gb300']);
  });

  it('stands in a page more than once, each for itself, with one style sheet', async () => {
    const said = await onBlank(async (options) => {
      await define();
      const checks = ['h100', 'b200'].map((target) => {
        const check = document.createElement('preflight-check');
        Object.assign(check, { target, options: JSON.parse(options) });
        return check;
      });
      const said = checks.map(
        (check) =>
          new Promise((resolve) =>
            check.addEventListener('preflight-result', ({ detail }) => resolve(detail.target)),
          ),
      );
      document.body.append(...checks);
      const sheets = new Set(checks.flatMap(({ shadowRoot }) => shadowRoot?.adoptedStyleSheets ?? []));
      return [await Promise.all(said), sheets.size];
    });
    expect(said).toEqual([['h100', 'b200'], 1]);
  });

  it('says nothing once it is removed, and checks again when it is put back', async () => {
    const said = await onBlank(async (options) => {
      await define();
      const check = document.createElement('preflight-check');
      let results = 0;
      check.addEventListener('preflight-result', () => results++);
      const settle = () => new Promise((resolve) => setTimeout(resolve, 50));
      Object.assign(check, { options: JSON.parse(options) });
      const counts: number[] = [];
      document.body.append(check);
      check.remove();
      await settle();
      counts.push(results);
      document.body.append(check);
      await settle();
      counts.push(results);
      check.remove();
      check.target = 'h100';
      await settle();
      counts.push(results);
      document.body.append(check);
      await settle();
      counts.push(results);
      return [...counts, check.shadowRoot?.textContent?.includes('on h100')];
    });
    expect(said).toEqual([0, 1, 1, 2, true]);
  });

  it('takes undefined and null for not given', async () => {
    const said = await onBlank(async (options) => {
      await define();
      const check = document.createElement('preflight-check');
      check.setAttribute('target', 'h100');
      check.setAttribute('rule-set', 'hopper-native@1');
      check.setAttribute('options', options);
      document.body.append(check);
      Object.assign(check, { target: undefined, ruleSet: null });
      const attributes = check.getAttributeNames();
      const result = new Promise<unknown>((resolve) =>
        check.addEventListener('preflight-result', ({ detail }) => resolve([detail.target, detail.fault])),
      );
      const all = [attributes, await result];
      const fault = new Promise<unknown>((resolve) =>
        check.addEventListener('preflight-result', ({ detail }) => resolve(detail.fault)),
      );
      Object.assign(check, { options: null });
      return [...all, check.options, await fault];
    });
    expect(said).toEqual([['options'], ['b200', undefined], undefined, 'there are no options to check']);
  });

  it('writes a fix into the attribute, so that a clone has it', async () => {
    const said = await onBlank(async (options) => {
      await define();
      const check = document.createElement('preflight-check');
      check.setAttribute('options', options);
      const next = () =>
        new Promise((resolve) => check.addEventListener('preflight-result', resolve, { once: true }));
      const first = next();
      document.body.append(check);
      await first;
      const fixed = next();
      const [button] = [...(check.shadowRoot?.querySelectorAll('button') ?? [])].filter(({ textContent }) =>
        textContent?.startsWith('set numStages'),
      );
      button?.click();
      await fixed;
      const clone = check.cloneNode() as typeof check;
      return [clone.options?.numStages === check.options?.numStages, (clone.options?.numStages ?? 99) < 20];
    });
    expect(said).toEqual([true, true]);
  });

  it('keeps the focus where fixes go away', async () => {
    await on('/docs/element.html', async (page) => {
      const focused = () =>
        page.evaluate(() => {
          const inside = document.querySelector('preflight-check')?.shadowRoot?.activeElement;
          return inside?.textContent ?? document.activeElement?.tagName;
        });
      await page.getByRole('button', { name: /set numStages to/ }).focus();
      await page.locator('select[name=target]').evaluate((select) => {
        (select as HTMLSelectElement).value = 'gb300';
        select.dispatchEvent(new Event('input', { bubbles: true }));
      });
      await page.getByText('✗ cannot run on gb300').waitFor();
      expect(await focused()).toMatch(/^set numStages to/);
      for (let i = 0; i < 6 && !(await focused())?.startsWith('✓'); i++) {
        expect(await focused()).toMatch(/^set /);
        await page.keyboard.press('Enter');
        await page.waitForTimeout(50);
      }
      expect(await focused()).toMatch(/^✓ can run on gb300/);
    });
  });

  it('says aloud what keeps it from checking, as it says the verdict', async () => {
    await on('/strict', async (page) => {
      const status = page.locator('preflight-check').getByRole('status');
      await page.getByText('there are no options to check').waitFor();
      expect(await status.innerText()).toBe('there are no options to check');
      await page.evaluate(() => document.querySelector('preflight-check')?.setAttribute('target', 'b100'));
      expect(await status.count()).toBe(1);
    });
  });

  it('every custom property of the README is seen', async () => {
    const readme = readFileSync(`${root}packages/element/README.md`, 'utf8');
    const row = /\| custom properties \| `--preflight-` and (.+) \|/.exec(readme)?.[1] ?? '';
    const names = row.split(', ').map((name) => name.slice(1, -1));
    expect(names.length).toBeGreaterThan(8);
    await on('/docs/element.html', async (page) => {
      await page.locator('preflight-check .message').first().waitFor();
      // Adjusted options, so that there are findings of every kind; then one that can run, for its colour.
      const looks = () =>
        page.evaluate(() => {
          const check = document.querySelector('preflight-check');
          const all = [check, ...(check?.shadowRoot?.querySelectorAll('*') ?? [])].flatMap((one) => {
            const style = one instanceof Element ? getComputedStyle(one) : undefined;
            return [...(style ?? [])]
              .filter((name) => !name.startsWith('--'))
              .map((name) => style?.getPropertyValue(name));
          });
          return all.join();
        });
      const values: Record<string, string> = {
        font: '31px monospace',
        radius: '17px',
        padding: '31px',
      };
      const unseen = new Set(names);
      for (const change of [{ mmaK: 16 }, { mmaK: 32, m: 7168, numStages: 4 }]) {
        await page.evaluate(async (changes) => {
          const check = document.querySelector('preflight-check');
          if (!check?.options) return;
          const next = new Promise((resolve) =>
            check.addEventListener('preflight-result', resolve, { once: true }),
          );
          check.options = { ...check.options, ...changes };
          await next;
        }, change);
        for (const name of unseen) {
          const before = await looks();
          await page.evaluate(
            ([property, value]) =>
              document.querySelector<HTMLElement>('preflight-check')?.style.setProperty(property, value),
            [`--preflight-${name}`, values[name] ?? 'rgb(1, 2, 3)'] as const,
          );
          if ((await looks()) !== before) unseen.delete(name);
          await page.evaluate(
            (property) =>
              document.querySelector<HTMLElement>('preflight-check')?.style.removeProperty(property),
            `--preflight-${name}`,
          );
        }
      }
      expect([...unseen]).toEqual([]);
    });
  });

  it('leaves a fix to the page that prevents the event', async () => {
    await on('/docs/element.html', async (page) => {
      await page.getByRole('button', { name: /set numStages to/ }).waitFor();
      const chosen = page.evaluate(
        () =>
          new Promise((resolve) => {
            addEventListener('preflight-fix', (event) => {
              event.preventDefault();
              resolve((event as CustomEvent).detail.fix.title);
            });
          }),
      );
      await page.getByRole('button', { name: /set numStages to/ }).click();
      expect(await chosen).toMatch(/^set numStages to \d+$/);
      expect(await page.locator('input[name=numStages]').inputValue()).toBe('20');
    });
  });

  it.each(['light', 'dark'])('axe has nothing to say, %s', async (colorScheme) => {
    await on(
      '/docs/element.html',
      async (page) => {
        await page.locator('preflight-check .message').first().waitFor();
        await page.addScriptTag({ path: axe });
        const { violations } = (await page.evaluate('axe.run(document)')) as { violations: { id: string }[] };
        expect(violations.map(({ id }) => id)).toEqual([]);
      },
      { colorScheme },
    );
  });
});
