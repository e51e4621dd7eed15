import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { goldenCases } from '../../../packages/checker-wasm/test/golden-cases.js';
import { encodeLink } from '../src/state/link.js';
import { firstOptions } from '../src/state/options.js';
import { firstState, type PageState, type View } from '../src/state/state.js';
import { chromiumExpected, inChromium, site } from './harness/opened.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe.skipIf(!chromiumExpected)(inChromium, () => {
  const here = site();

  async function onView(view: View, look: (page: Page) => Promise<void>, state: Partial<PageState> = {}) {
    const { page, complaints, close } = await here.open(
      `#${await encodeLink({ ...firstState, ...state, view })}`,
    );
    try {
      await page.locator('main h2').first().waitFor();
      await look(page);
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  }

  /** Waits until the address has followed the state. */
  const settled = async (page: Page) => {
    const address = () => page.evaluate(() => location.hash);
    for (let before = ''; before !== (await address()); await page.waitForTimeout(600))
      before = await address();
  };

  const options = async (page: Page): Promise<Record<string, unknown>> => {
    await page.getByRole('button', { name: 'In and out' }).click();
    return JSON.parse(await page.locator('pre').innerText()).options;
  };

  describe('explore', () => {
    it('colours two options by the first failing rule, as the checker has it', async () => {
      await onView('explore', async (page) => {
        await page.getByText('226 of 512 can run').waitFor();
        const legend = await page.locator('.map-legend tbody tr').allInnerTexts();
        expect(legend.map((row) => row.replace(/\s+/g, ' ').trim())).toEqual([
          'none: can run 226 44.1 %',
          'shared-memory-limit 286 55.9 %',
        ]);
        // The upper right corner is refused, the lower left can run.
        const pixels = await page.locator('canvas').evaluate((element) => {
          const canvas = element as HTMLCanvasElement;
          const { width, height } = canvas;
          const data = Array.from(canvas.getContext('2d')?.getImageData(0, 0, width, height).data ?? []);
          return [data.slice((width - 1) * 4, width * 4), data.slice(-width * 4, (1 - width) * 4)];
        });
        expect(pixels).toEqual([
          [213, 94, 0, 255],
          [38, 166, 120, 255],
        ]);
      });
    });

    it('takes a cell over by a click, and by keys alone', async () => {
      await onView('explore', async (page) => {
        await page.getByText('226 of 512 can run').waitFor();
        const map = page.getByRole('application');
        const box = await map.boundingBox();
        // The cell of tileN 24 (the third of 32) and one stage (the lowest of 16).
        await map.click({ position: { x: ((box?.width ?? 0) * 2.5) / 32, y: (box?.height ?? 0) - 4 } });
        expect(await options(page)).toMatchObject({ tileN: 24, numStages: 1 });
        await page.getByRole('button', { name: 'Explore' }).click();
        await map.focus();
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowUp');
        expect(await page.locator('#map-cell').innerText()).toContain('tileN 32, numStages 2: can run');
        await page.keyboard.press('Enter');
        expect(await options(page)).toMatchObject({ tileN: 32, numStages: 2 });
      });
    });

    it('makes a map of 40,000 cells in a worker, coloured by padding, and says what the colours stand for', async () => {
      const explore = {
        x: { name: 'tileN', from: 1, to: 200, step: 1 },
        y: { name: 'm', from: 128, to: 25_600, step: 128 },
        colour: 'padding',
      } as const;
      await onView(
        'explore',
        async (page) => {
          await page.getByText('of 40,000 can run').waitFor();
          expect(page.workers().map((worker) => worker.url())).toEqual([
            expect.stringMatching(/\/assets\/worker-[\w-]+\.js$/),
          ]);
          expect(await page.locator('canvas').getAttribute('width')).toBe('200');
          const scale = (await page.locator('.waste-scale').innerText()).replace(/\s+/g, ' ');
          expect(scale).toMatch(
            /^Padding, .*: from the least of this map to the most [\d.]+ % [\d.]+ % [\d.]+ % cannot run$/,
          );
          // A cell of four pixels has a frame that can be seen.
          const frame = await page.locator('.cell-here').boundingBox();
          expect(Math.min(frame?.width ?? 0, frame?.height ?? 0)).toBeGreaterThanOrEqual(13);
          const rows = page.locator('.map-legend tbody tr');
          expect(await rows.locator('.swatch').count()).toBe(await rows.count());
        },
        { explore },
      );
    });

    it('shows how far it is', async () => {
      await onView('compare', async (page) => {
        // A worker that comes half the way and no further.
        await page.evaluate(() => {
          class Endless extends EventTarget {
            postMessage({ id }: { readonly id: number }) {
              setTimeout(() => this.dispatchEvent(new MessageEvent('message', { data: { id, done: 256 } })));
            }
            terminate() {}
          }
          Object.assign(globalThis, { Worker: Endless });
        });
        await page.getByRole('button', { name: 'Explore' }).click();
        await page.locator('progress[value="0.5"]').waitFor();
      });
    });

    it('can be cancelled, which ends the worker, and started again; the focus stays', async () => {
      // The most cells that a map has, with 20,000 experts in each: it takes many seconds, so there is something to cancel.
      const batchedN = Array.from({ length: 20_000 }, () => 8);
      const options = { ...firstOptions, batchedN, numBatches: 20_000, n: 160_000, numTokens: 160_000 };
      const explore = {
        x: { name: 'm', from: 128, to: 51_200, step: 128 },
        y: { name: 'k', from: 512, to: 51_584, step: 128 },
        colour: 'rule',
      } as const;
      await onView(
        'explore',
        async (page) => {
          await page.getByRole('button', { name: 'Cancel' }).waitFor();
          const [worker] = page.workers().length > 0 ? page.workers() : [await page.waitForEvent('worker')];
          const ended = worker?.waitForEvent('close');
          await page.getByRole('button', { name: 'Cancel' }).focus();
          await page.keyboard.press('Enter');
          await ended;
          await page.getByText('Cancelled.').waitFor();
          const focused = () => page.evaluate(() => document.activeElement?.textContent);
          expect(await focused()).toBe('Start again');
          await page.keyboard.press('Enter');
          await page.locator('progress').waitFor();
          expect(await focused()).toBe('Cancel');
          await page.getByLabel('to', { exact: true }).first().fill('128');
          await page.getByLabel('to', { exact: true }).nth(1).fill('512');
          await page.getByText('of 1 can run').waitFor();
        },
        { options, explore },
      );
    });

    it('lets one type numbers in peace, and writes none that a link cannot hold', async () => {
      await onView('explore', async (page) => {
        const from = page.getByLabel('from').first();
        await from.fill('');
        expect(await from.inputValue()).toBe('');
        await page.getByText('a whole number is missing; still 8').waitFor();
        await from.pressSequentially('64');
        expect(await from.inputValue()).toBe('64');
        await page.getByText('of 400 can run').waitFor();
        await from.fill('');
        await from.pressSequentially('-16');
        expect(await from.inputValue()).toBe('-16');
        const to = page.getByLabel('to', { exact: true }).first();
        await to.fill('99999999999999999999');
        await page.getByText('too great a number; still 256').waitFor();
        await settled(page);
        await page.reload();
        await page.locator('main h2').first().waitFor();
        expect(await page.getByRole('alert').count()).toBe(0);
        expect(await from.inputValue()).toBe('-16');
        expect(await to.inputValue()).toBe('256');
      });
    });

    it('shows an option that is no axis as what it is', async () => {
      const { explore } = firstState;
      await onView(
        'explore',
        async (page) => {
          await page.getByText('batchedN is a list, and no axis').waitFor();
          const option = page.getByLabel('Option').first();
          expect(await option.inputValue()).toBe('batchedN');
          await option.selectOption('tileN');
          await page.getByText('226 of 512 can run').waitFor();
        },
        { explore: { ...explore, x: { ...explore.x, name: 'batchedN' } } },
      );
    });

    it('says what is wrong with an axis, and why nothing can run', async () => {
      await onView('explore', async (page) => {
        await page.getByLabel('step').first().fill('0');
        await page.getByText('the step of tileN must be at least 1').waitFor();
        await page.getByLabel('Option').first().selectOption('numStages');
        await page.getByText('the axes must be two options').waitFor();
        await page.getByLabel('Option').first().selectOption('tileM');
        await page.getByLabel('from').nth(1).fill('90');
        await page.getByLabel('to', { exact: true }).nth(1).fill('99');
        await page.getByText('no configuration is valid because').waitFor();
      });
    });
  });

  describe('compare', () => {
    it('has up to four side by side, with differences marked, in the link', async () => {
      await onView('compare', async (page) => {
        const keep = page.getByRole('button', { name: 'Keep the current one' });
        await keep.click();
        await page.getByRole('button', { name: 'Check' }).click();
        await page.locator('#option-tileN').fill('16');
        await page.getByRole('button', { name: 'Compare' }).click();
        expect(await page.locator('tr', { hasText: 'tileN' }).first().locator('td').allInnerTexts()).toEqual([
          '16',
          '8',
        ]);
        expect(await page.locator('tr[data-differs] mark').count()).toBeGreaterThan(0);
        expect(await page.locator('tbody th', { hasText: 'tileK' }).count()).toBe(0);
        await page.getByLabel('Show what is equal too').check();
        expect(await page.locator('tbody th', { hasText: 'tileK' }).count()).toBe(1);
        await keep.click();
        await keep.click();
        expect(await keep.isDisabled()).toBe(true);
        expect(await page.locator('thead th').count()).toBe(4);
        await settled(page);
        await page.reload();
        await page.locator('thead th').nth(3).waitFor();
        await page.getByRole('button', { name: /Take over A/ }).click();
        expect(await options(page)).toMatchObject({ tileN: 8 });
        await page.getByRole('button', { name: 'Compare' }).click();
        await page.getByRole('button', { name: /Drop A/ }).click();
        expect(await page.locator('thead th').count()).toBe(3);
      });
    });
  });

  describe('kernels', () => {
    it('which fit, and why the others do not; filtered; taken over', async () => {
      await onView('kernels', async (page) => {
        await page.getByText(/^\d+ of \d+ fit/).waitFor();
        expect(await page.locator('tbody tr[data-fits="true"]').count()).toBeGreaterThan(0);
        expect(await page.locator('tbody tr[data-fits="false"]').first().innerText()).toContain(
          'built for sm90a, and b200 is sm100a',
        );
        await page.getByLabel('Show').selectOption('fit');
        await page.getByLabel('Filter').fill('projdown 128x128x128');
        expect(await page.locator('tbody tr').count()).toBe(1);
        await page.getByRole('button', { name: /Take over/ }).click();
        expect(await page.locator('.verdict').innerText()).toContain('can run on b200');
        expect(await options(page)).toMatchObject({ tileN: 128, m: 7168 });
      });
    });

    it('of other rules bring these with them, and persistent ones are drawn as such', async () => {
      await onView(
        'kernels',
        async (page) => {
          await page.getByText(/^[1-9]\d* of \d+ fit/).waitFor();
          await page.getByLabel('Show').selectOption('fit');
          await page.getByLabel('Filter').fill('persistent');
          await page
            .getByRole('button', { name: /Take over/ })
            .first()
            .click();
          expect(await page.getByLabel('Rules').inputValue()).toBe('hopper-native@1');
          expect(await page.locator('.verdict').innerText()).toContain('can run on h100');
          await page.getByRole('button', { name: 'Check' }).click();
          await page.getByText(/tiles for \d+ persistent CTAs/).waitFor();
          await page.getByText(/over \d+ SMs, a persistent CTA on each/).waitFor();
        },
        { target: 'h100' },
      );
    });

    it('of a catalog that is dropped on the page', async () => {
      await onView('kernels', async (page) => {
        const catalog = readFileSync(`${root}packages/kernels/catalog/trtllm-gen-2025.json`, 'utf8');
        await page.evaluate((text) => {
          const data = new DataTransfer();
          data.items.add(new File([text], 'catalog.json'));
          document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
        }, catalog);
        await page.getByText('A catalog of 5 kernels.').waitFor();
        await page.getByRole('button', { name: 'Show these kernels' }).click();
        await page.getByText(/of 5 fit/).waitFor();
        await settled(page);
        await page.reload();
        await page.getByText('A catalog of 5 kernels was brought here.').waitFor();
        await page.getByRole('button', { name: 'Show the built-in ones' }).click();
        expect(await page.getByText('was brought here').count()).toBe(0);
      });
    });

    it('are filtered as before after another view and a reload', async () => {
      await onView('kernels', async (page) => {
        await page.getByText(/^\d+ of \d+ fit/).waitFor();
        await page.getByLabel('Show').selectOption('do not fit');
        await page.getByLabel('Filter').fill('projdown');
        const count = await page.locator('tbody tr').count();
        const isSame = async () => {
          await page.getByText(/^\d+ of \d+ fit/).waitFor();
          expect(await page.getByLabel('Show').inputValue()).toBe('do not fit');
          expect(await page.getByLabel('Filter').inputValue()).toBe('projdown');
          expect(await page.locator('tbody tr').count()).toBe(count);
        };
        await page.getByRole('button', { name: 'Compare' }).click();
        await page.getByRole('button', { name: 'Kernels' }).click();
        await isSame();
        await settled(page);
        await page.reload();
        await isSame();
      });
    });
  });

  describe('in and out', () => {
    it('takes over what is pasted', async () => {
      await onView('exchange', async (page) => {
        await page.locator('#paste').fill(readFileSync(`${root}examples/broken.json`, 'utf8'));
        await page.getByRole('button', { name: 'Take it over' }).click();
        expect(await page.locator('.verdict').innerText()).toContain('5 errors');
        await page.locator('#paste').fill(readFileSync(`${root}examples/qwen3-30b-a3b-moe.json`, 'utf8'));
        await page.getByRole('button', { name: /down projection/ }).click();
        expect(await options(page)).toMatchObject({ m: 2048, n: 512, k: 768, useDeepSeekFp8: false });
        expect(await page.locator('.verdict').innerText()).toContain('h100');
      });
    });

    it('says where bad input is bad, and goes on', async () => {
      await onView('exchange', async (page) => {
        await page.locator('#paste').fill('{\n  "tileM": 64,\n  "tileN": "8"\n}');
        expect(await page.locator('#in-status').innerText()).toBe(
          'line 3, column 12: tileN is "8", where a whole number is wanted',
        );
        await page.locator('input[type=file]').setInputFiles({
          name: 'noise.json',
          mimeType: 'application/json',
          buffer: Buffer.from([0, 255, 254, 123, 0, 1]),
        });
        await page.getByText('line 1, column 1:').waitFor();
        await page.locator('#paste').fill('{"tileM": 64}');
        expect(await page.locator('#in-status').innerText()).toContain('stay as they are');
      });
    });

    it('copies JSON, TypeScript and a command that finds the same', async () => {
      await onView(
        'exchange',
        async (page) => {
          const copied = async (form: string) => {
            await page.getByLabel('As', { exact: true }).selectOption(form);
            await page.getByRole('button', { name: 'Copy', exact: true }).click();
            await page.getByText(`Copied as ${form}.`).waitFor();
            return page.evaluate(() => navigator.clipboard.readText());
          };
          expect(JSON.parse(await copied('JSON'))).toMatchObject({
            target: 'b200',
            options: { numStages: 20 },
          });
          expect(await copied('TypeScript')).toContain('export const options: BatchedGemmOptions = {');
          const command = await copied('command');
          const { stdout, status } = spawnSync(
            'bash',
            ['-c', command.replace('npx preflight', 'node packages/cli/bin/preflight.js')],
            {
              cwd: root,
              encoding: 'utf8',
            },
          );
          expect(status).toBe(1);
          expect(stdout).toContain('shared-memory-limit');
          const saved = page.waitForEvent('download');
          await page.getByRole('button', { name: 'Download SARIF' }).click();
          const download = await saved;
          expect(download.suggestedFilename()).toBe('preflight.sarif');
          const log = JSON.parse(readFileSync(await download.path(), 'utf8'));
          expect(log.version).toBe('2.1.0');
          expect(JSON.stringify(log.runs[0].results)).toContain('shared-memory-limit');
        },
        { options: { ...firstOptions, numStages: 20 } },
      );
    });

    it('the golden cases end in the page as they do in Node, letter by letter', async () => {
      await onView('exchange', async (page) => {
        const cases = goldenCases.map(({ options, blackwell }, i) => ({
          name: `golden ${i}`,
          target: blackwell ? ('b200' as const) : ('h100' as const),
          options,
        }));
        await page.locator('input[type=file]').setInputFiles({
          name: 'golden.jsonl',
          mimeType: 'application/jsonl',
          buffer: Buffer.from(cases.map((one) => JSON.stringify(one)).join('\n')),
        });
        const saved = page.waitForEvent('download');
        await page.getByRole('button', { name: 'Download the results' }).click();
        const lines = readFileSync(await (await saved).path(), 'utf8')
          .trim()
          .split('\n');
        const checker = createCheckerSync();
        expect(lines).toHaveLength(3415);
        for (const [i, { name, target, options }] of cases.entries()) {
          expect(lines[i]).toBe(JSON.stringify({ name, target, result: checker.check(options, target) }));
        }
      });
    });
  });
});
