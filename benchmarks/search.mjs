// How fast a space is searched, and what a second core brings. Usage, after a build: node benchmarks/search.mjs [--json]
// Every figure is the median of many runs, with the best beside it: other work on the machine makes runs longer, never shorter.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createCheckerSync, search, searchSize } from '@gemm-preflight/checker-wasm';
import { targets } from '@gemm-preflight/types';
import { build } from 'esbuild';
import { print, summary } from './report.mjs';

// The command line's dist/ holds bundles of commands, and its threads' script; what of it is needed here is bundled anew.
const { outputFiles } = await build({
  stdin: {
    contents: `
      export * from './search-ranges.js';
      export * from './searcher.js';
      export * from './space-file.js';`,
    resolveDir: fileURLToPath(new URL('../packages/cli/src/search/', import.meta.url)),
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  write: false,
});
const bundle = Buffer.from(outputFiles[0].contents).toString('base64');
const { readSpaceFile, searchRanges, workerSearcher } = await import(`data:text/javascript;base64,${bundle}`);
const workerScript = new URL('../packages/cli/dist/worker.js', import.meta.url);

const checker = createCheckerSync();
/** Seven dimensions: tiles, epilogue tiles, instructions and stages of an expert's down projection. */
const { space } = await readSpaceFile('examples/search-b200-moe.json', undefined, {
  cwd: fileURLToPath(new URL('../', import.meta.url)),
});

/** Millions of configurations a second. */
const rate = (configurations, ms) => Number((configurations / ms / 1000).toPrecision(3));

/** Configurations decided a second on one core, those among them that a refused subtree decides at once. */
function oneCore() {
  const once = () => search(checker, space, 'b200', { limit: 0 });
  const { total, valid, refused } = once();
  for (let i = 0; i < 5; i++) once();
  const times = Array.from({ length: 101 }, () => {
    const start = performance.now();
    once();
    return performance.now() - start;
  });
  const { median, p90, runs } = summary(times);
  const best = rate(total, Math.min(...times));
  const details = { configurations: total, valid, refused, ms: median, runs, p10: rate(total, p90), best };
  print('search', rate(total, median), 'M/s', details);
}

/** How much sooner two threads are done than one, each already running; in alternation, so that both see the same machine. */
async function twoCores() {
  // The same for 64 sizes of the hidden dimension: some hundreds of milliseconds on one core.
  const larger = { ...space, m: Array.from({ length: 64 }, (_, i) => (i + 1) * 128) };
  const total = searchSize(larger);
  const task = { module: checker.module, space: larger, target: targets.b200, settings: {} };
  const searchers = [workerSearcher(task, workerScript), workerSearcher(task, workerScript)];
  const time = async (count) => {
    const start = performance.now();
    await searchRanges(searchers.slice(0, count), { total, limit: 0 });
    return performance.now() - start;
  };
  await time(2);
  const [one, two] = [[], []];
  for (let i = 0; i < 25; i++) {
    one.push(await time(1));
    two.push(await time(2));
  }
  await Promise.all(searchers.map((searcher) => searcher.close()));
  const times = (alone, together) => Number((alone / together).toPrecision(3));
  const [alone, together] = [summary(one), summary(two)];
  const details = {
    configurations: total,
    oneMs: alone.median,
    twoMs: together.median,
    runs: alone.runs,
    best: times(Math.min(...one), Math.min(...two)),
    cores: availableParallelism(),
  };
  print('search-two-cores', times(alone.median, together.median), 'times', details);
}

oneCore();
await twoCores();
