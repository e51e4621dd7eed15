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
    server = createServer(({ url = '/' }, response) => {
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
