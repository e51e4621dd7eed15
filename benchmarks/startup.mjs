// How long the first check takes, in fresh processes of Node and in fresh pages of Chromium: from the end of the import, and in the
// page from the start of the bundle's evaluation, to the first result. A page's clock is rounded to 0.1 ms.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { print, summary } from './report.mjs';

const here = fileURLToPath(new URL('./', import.meta.url));
const example = readFileSync(new URL('../examples/check-b200-moe.json', import.meta.url), 'utf8');
const options = JSON.stringify(JSON.parse(example).options);

function inNode(name, make) {
  const script = `
    const before = performance.now();
    const { ${make} } = await import('@gemm-preflight/checker-wasm');
    const options = ${options};
    const start = performance.now();
    const { ok } = (await ${make}()).check(options, 'b200');
    console.log(JSON.stringify({ ok, first: performance.now() - start, imported: start - before }));`;
  const runs = Array.from({ length: 41 }, () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: here,
    });
    const run = stdout.length > 0 ? JSON.parse(stdout.toString()) : undefined;
    if (run?.ok !== true) throw new Error(`the check failed: ${stderr}`);
    return run;
  });
  const { median, ...spread } = summary(runs.map(({ first }) => first));
  const importMs = summary(runs.map(({ imported }) => imported)).median;
  print(name, median, 'ms', { where: `Node ${process.version}`, make, ...spread, importMs });
}

async function inChromium() {
  const folder = mkdtempSync(`${here}.startup-`);
  // The helper of the browser tests is TypeScript; its packages are found from here.
  const helper = `${folder}/chromium.mjs`;
  const source = '../packages/checker-wasm/test/browser/chromium.ts';
  const common = { bundle: true, format: 'esm', absWorkingDir: here, logLevel: 'error' };
  try {
    await build({
      ...common,
      entryPoints: [source],
      outfile: helper,
      packages: 'external',
      platform: 'node',
    });
    const { startChromium, chromiumExpected } = await import(helper);
    if (!chromiumExpected) return;
    const contents = `
      const start = performance.now();
      const { createChecker } = await import('@gemm-preflight/checker-wasm');
      const { ok } = (await createChecker()).check(${options}, 'b200');
      document.title = JSON.stringify({ ok, first: performance.now() - start });`;
    const page = await build({
      ...common,
      stdin: { contents, resolveDir: here },
      minify: true,
      write: false,
    });
    const server = createServer(({ url }, response) => {
      const isScript = url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
      response.end(
        isScript ? page.outputFiles[0].contents : '<script type="module" src="/page.js"></script>',
      );
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const chromium = await startChromium();
    const times = [];
    for (let i = 0; i < 21; i++) {
      const context = await chromium.browser.newContext();
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.waitForFunction('document.title !== ""');
      const { ok, first } = JSON.parse(await page.title());
      if (!ok) throw new Error('the check failed in Chromium');
      times.push(first);
      await context.close();
    }
    const { median, ...spread } = summary(times);
    const where = `Chromium ${chromium.browser.version()}`;
    print('startup-browser', median, 'ms', { where, make: 'createChecker', ...spread });
    await chromium.close();
    server.closeAllConnections();
    server.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

inNode('startup', 'createCheckerSync');
inNode('startup-async', 'createChecker');
await inChromium();
