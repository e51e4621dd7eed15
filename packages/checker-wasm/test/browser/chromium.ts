import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const given = process.env['PREFLIGHT_CHROMIUM'] || undefined;

/** Whether this machine can be asked to run one: the bundled Chromium is built for Linux on x64. */
export const chromiumExpected =
  given !== undefined || (process.platform === 'linux' && process.arch === 'x64');

/** A running Chromium; disposing of it leaves nothing behind. */
export interface RunningChromium {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Starts the Chromium of PREFLIGHT_CHROMIUM, or unpacks the bundled one into a folder of its own and starts that. */
export async function startChromium(): Promise<RunningChromium> {
  const folder = mkdtempSync(join(tmpdir(), 'preflight-chromium-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  try {
    const executablePath = given ?? (await unpackInto(folder));
    const browser = await chromium.launch({
      executablePath,
      timeout: 60_000,
      env: { ...process.env, TMPDIR: folder, HOME: folder },
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    return {
      browser,
      async close() {
        try {
          await browser.close();
        } finally {
          remove();
        }
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The bundled Chromium unpacks itself into the folder for temporary files; two at once would be in each other's way. */
async function unpackInto(folder: string): Promise<string> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    const { default: bundled } = await import('@sparticuz/chromium');
    return await bundled.executablePath();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}
