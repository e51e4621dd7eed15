import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type BuildResult, build } from 'esbuild';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answers, answer } from './browser/answer.js';
import { chromiumExpected, type RunningChromium, startChromium } from './browser/chromium.js';
import type { PageApi } from './browser/page.js';
import { differences, goldenCases, goldenJsonl } from './golden-cases.js';

// The golden cases in a real browser, under the policy of a careful site: scripts and data from the site alone.

const here = fileURLToPath(new URL('./', import.meta.url));
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const where = chromiumExpected
  ? 'in Chromium'
  : `in Chromium: SKIPPED on ${process.platform} ${process.arch}, set PREFLIGHT_CHROMIUM to the path of one`;

/** Bundles an entry as any bundler does that knows nothing of the package. */
async function bundle(entry: string): Promise<BuildResult<{ metafile: true; write: false }>> {
  return build({
    entryPoints: [`${here}browser/${entry}.ts`],
    bundle: true,
    absWorkingDir: here,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
}

describe('the bundled checker', () => {
  it('needs no configuration and nothing of Node', async () => {
    const { metafile, warnings } = await bundle('page');
    expect(warnings).toEqual([]);
    const imports = Object.values(metafile.outputs).flatMap(({ imports }) => imports);
    expect(imports).toEqual([]);
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.some((path) => path.endsWith('../dist/checker.js'))).toBe(true);
    expect(inputs.filter((path) => path.includes('node:'))).toEqual([]);
  });
});

describe.skipIf(!chromiumExpected)(where, () => {
  let chromium: RunningChromium | undefined;
  let server: Server | undefined;
  let page: Page;
  let inNode: Answers;

  beforeAll(async () => {
    const [pageBundle, workerBundle] = await Promise.all([bundle('page'), bundle('worker')]);
    const files: Readonly<Record<string, readonly [type: string, body: string]>> = {
      '/': [
        'text/html',
        '<!doctype html><title>Preflight</title><script type="module" src="/page.js"></script>',
      ],
      '/page.js': ['text/javascript', pageBundle.outputFiles[0]?.text ?? ''],
      '/worker.js': ['text/javascript', workerBundle.outputFiles[0]?.text ?? ''],
      '/cases.jsonl': ['application/jsonl', goldenJsonl],
    };
    server = createServer(({ url = '/' }, response) => {
      const [type, body] = files[url] ?? [];
      response.writeHead(body === undefined ? 404 : 200, {
        'content-type': `${type ?? 'text/plain'}; charset=utf-8`,
        'content-security-policy': policy,
      });
      response.end(body);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;

    inNode = await answer(goldenCases);
    chromium = await startChromium();
    page = await chromium.browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction('globalThis.preflight !== undefined', undefined, { timeout: 30_000 });
  }, 120_000);

  afterAll(async () => {
    try {
      await chromium?.close();
    } finally {
      server?.closeAllConnections();
      server?.close();
    }
  }, 60_000);

  /** Asks what the page's own script has found. */
  function ask<T>(question: (api: PageApi) => T | Promise<T>): Promise<T> {
    return page.evaluate(`(${question})(globalThis.preflight)`) as Promise<T>;
  }

  it('the page obeys its content security policy', async () => {
    expect(await ask((api) => api.mayEval)).toBe(false);
    expect(await ask((api) => api.refused)).toEqual(['script-src eval']);
  });

  describe.each([
    ['a page', (api: PageApi) => api.inPage],
    ['a worker', (api: PageApi) => api.inWorker],
  ])('in %s', (_, question) => {
    let answers: Answers;
    beforeAll(async () => {
      answers = await ask(question);
    }, 60_000);

    it('the module has the bytes of dist/checker.wasm', () => {
      const wasm = readFileSync(new URL('../dist/checker.wasm', import.meta.url));
      expect(answers.sha256).toBe(createHash('sha256').update(wasm).digest('hex'));
    });

    it('all 3415 golden cases end as in the original', () => {
      expect(answers.asTheOriginal.length).toBe(3415);
      for (const [i, golden] of goldenCases.entries()) {
        const result = JSON.parse(answers.asTheOriginal[i] ?? 'null');
        expect(differences(golden, result), JSON.stringify(golden)).toEqual([]);
      }
    });

    it('every result is letter by letter the one in Node, messages and fixes included', () => {
      expect(answers.asTheOriginal).toEqual(inNode.asTheOriginal);
      expect(answers.whole).toEqual(inNode.whole);
      expect(answers.whole.filter((result) => result.includes('"fixes"')).length).toBeGreaterThan(1000);
    });

    it('packed cases have the first errors that they have in Node', () => {
      expect(answers.packed).toEqual(inNode.packed);
      expect(answers.packed.length).toBe(goldenCases.filter(({ blackwell }) => blackwell).length);
    });
  });

  it('nothing else was refused by the policy', async () => {
    expect(await ask((api) => api.refused)).toEqual(['script-src eval']);
  });
});
