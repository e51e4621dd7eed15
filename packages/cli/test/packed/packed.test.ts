import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chromiumExpected,
  type RunningChromium,
  startChromium,
} from '../../../checker-wasm/test/browser/chromium.js';
import { root } from '../support/run-main.js';
import { createProject } from './project.js';

// The packages as users get them: packed, installed into a project of their own, and used in each way that they are for.

const exec = promisify(execFile);
const diagnostic = 'tile-k-divides-k-slice: k 2000 is no multiple of tileK 128; 80 are left over';
const advice =
  "Error: this page's content security policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src";

// Before the tests are named, for a name says where npm could not install.
const project = await createProject();
afterAll(() => project.remove());

const inProject = (command: string, ...args: string[]) => exec(command, args, { cwd: project.folder });

describe('the tarballs', () => {
  it('hold what runs and its sources, and no tests', () => {
    expect(project.packed.size).toBe(5);
    for (const [name, files] of project.packed) {
      expect(files, name).toContain('package.json');
      expect(files.filter((path) => /(^|\/)(test|node_modules|\.turbo)\//.test(path), name)).toEqual([]);
    }
    expect(project.packed.get('@gemm-preflight/cli')).toContain('dist/third-party-licences.txt');
  });
});

const { notInstalled } = project;
describe(notInstalled === undefined ? 'installed by npm' : `unpacked, for ${notInstalled}`, () => {
  it.skipIf(notInstalled !== undefined)('all dependencies are there in versions that satisfy', async () => {
    const { stdout } = await inProject('npm', 'ls', '--all', '--json');
    const { dependencies, problems } = JSON.parse(stdout);
    expect([Object.keys(dependencies).sort(), problems]).toEqual([
      [...project.packed.keys()].sort(),
      undefined,
    ]);
  });

  it.skipIf(notInstalled !== undefined)('koffi has its binary for this platform', async () => {
    const script = `
      import { createRequire } from 'node:module';
      const launcher = createRequire(import.meta.resolve('@gemm-preflight/launcher-native'));
      console.log(launcher('koffi').sizeof('int'), launcher.resolve('koffi'));`;
    const { stdout } = await inProject(process.execPath, '--input-type=module', '--eval', script);
    expect(stdout).toMatch(/^4 /);
    expect(stdout).toContain(join(project.folder, 'node_modules'));
  });
});

describe('in Node', () => {
  it('the packages check, describe a device, and find their files, all from the project', async () => {
    const { stdout } = await inProject(process.execPath, 'server.mjs');
    const { from, device, sharedMemBytes, kernels, ...answers } = JSON.parse(stdout);
    expect(answers).toEqual({ diagnostic, ok: true, streamed: true });
    expect(sharedMemBytes).toBeGreaterThan(0);
    expect(kernels).toBeGreaterThan(0);
    expect(device).toContain('h100');
    for (const url of from) expect(url).toContain(project.folder);
  });

  it('npx preflight check prints what is wrong, and exits with 1', async () => {
    const failed = await inProject('npx', '--offline', 'preflight', 'check', 'broken.json').catch(
      (error) => error,
    );
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('k 2000 is no multiple of tileK 128; 80 are left over');
  });

  it('npx preflight kernels and plan find schemas, catalogs and the planner', async () => {
    const { stdout } = await inProject(
      'npx',
      '--offline',
      'preflight',
      'plan',
      join(root, 'examples/qwen3-30b-a3b-moe.json'),
    );
    expect(stdout).toContain('E4m3 × E4m3 → Bfloat16');
  });

  it('npx preflight search starts its threads', async () => {
    const { stdout } = await inProject(
      'npx',
      '--offline',
      'preflight',
      'search',
      join(root, 'examples/search-b200-moe.json'),
      '--workers',
      '2',
    );
    expect(stdout).toContain('14,347 of 811,008 valid (1.8 %) on b200');
  });
});

describe('TypeScript', () => {
  it.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])('with moduleResolution %s finds types that are not any', async (moduleResolution, module) => {
    const flags = ['--module', module, '--moduleResolution', moduleResolution, '--target', 'es2022'];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const check = [tsc, '--noEmit', '--strict', '--lib', 'es2022,dom', '--types', '', ...flags, 'types.ts'];
    const { stdout } = await inProject(process.execPath, ...check).catch((error) => error);
    expect(stdout).toBe('');
  });
});

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };
const policies: Readonly<Record<string, string>> = {
  allowed: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
  refused: "default-src 'none'; script-src 'self'",
};

describe.skipIf(!chromiumExpected)('built by Vite, in Chromium', () => {
  let chromium: RunningChromium | undefined;
  let server: Server | undefined;
  let origin = '';

  beforeAll(async () => {
    const bundled = build({
      root: project.folder,
      configFile: false,
      base: './',
      logLevel: 'error',
      worker: { format: 'es' },
    });
    [chromium] = await Promise.all([startChromium(), bundled]);
    server = createServer(({ url = '/' }, response) => {
      // /allowed/… and /refused/… are the same files under two policies.
      const [, policy = '', ...path] = url.split('/');
      const file = path.join('/') || 'index.html';
      try {
        const body = readFileSync(join(project.folder, 'dist', file));
        response.writeHead(200, {
          'content-type': `${types[extname(file)] ?? 'text/plain'}; charset=utf-8`,
          'content-security-policy': policies[policy] ?? '',
        });
        response.end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }, 120_000);

  afterAll(async () => {
    server?.closeAllConnections();
    server?.close();
    await chromium?.close();
  }, 60_000);

  it.each([
    ['allows WebAssembly shows the diagnostic, from the page and from a worker', 'allowed', diagnostic],
    ['forbids it says what to add, in both', 'refused', advice],
  ])(
    'a page whose policy %s',
    async (_, policy, expected) => {
      const page = await chromium?.browser.newPage();
      await page?.goto(`${origin}/${policy}/`);
      for (const place of ['page', 'worker']) {
        await page?.waitForSelector(`#${place}:not(:empty)`, { state: 'attached', timeout: 30_000 });
        expect(await page?.textContent(`#${place}`)).toBe(expected);
      }
    },
    60_000,
  );
});
