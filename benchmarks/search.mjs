// How fast a space is searched, and what a second core brings. Usage, after a build: node benchmarks/search.mjs [--json]
// Every figure is the median of many runs; the spread is the runs' 10th to 90th percentile.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createCheckerSync, search, searchSize } from '@gemm-preflight/checker-wasm';
import { targets } from '@gemm-preflight/types';
import { build } from 'esbuild';
import { print, rates, summary } from './report.mjs';

// The command line's dist/ holds bundles of commands, and its threads' script; the sharing out is bundled here.
const { outputFiles } = await build({
  stdin: {
    contents: `export * from './search-ranges.js'; export * from './searcher.js';`,
    resolveDir: fileURLToPath(new URL('../packages/cli/src/search/', import.meta.url)),
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const bundle = Buffer.from(outputFiles[0].contents).toString('base64');
const { searchRanges, workerSearcher } = await import(`data:text/javascript;base64,${bundle}`);
const workerScript = new URL('../packages/cli/dist/worker.js', import.meta.url);

const example = new URL('../examples/check-b200-moe.json', import.meta.url);
const { options } = JSON.parse(readFileSync(example));
const checker = createCheckerSync();

const steps = (from, to, step) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);

/** The seven dimensions of examples/search-b200-moe.json, with as many numbers of stages as given. */
const space = (stages) => ({
  ...options,
  useDeepSeekFp8: false,
  tileM: [64, 128],
  tileN: steps(8, 256, 8),
  tileK: [64, 128, 256, 512],
  epilogueTileM: [32, 64, 128],
  mmaM: [64, 128, 256],
  mmaN: steps(8, 256, 8),
  numStages: steps(1, stages, 1),
});

/** Configurations decided a second on one core, those among them that a refused subtree decides at once. */
function oneCore() {
  const given = space(8);
  const once = () => search(checker, given, 'b200', { limit: 0 });
  const { total, valid, refused } = once();
  const { median, ...spread } = rates(total, { once }).once;
  const ms = Number((total / median / 1000).toPrecision(3));
  print('search', median, 'M/s', { configurations: total, valid, refused, ms, ...spread });
}

/** How much sooner two threads are done than one, each already running; in alternation, so that both see the same machine. */
async function twoCores() {
  const runs = 15;
  const given = space(96);
  const total = searchSize(given);
  const task = { module: checker.module, space: given, target: targets.b200, settings: {} };
  const searchers = [workerSearcher(task, workerScript), workerSearcher(task, workerScript)];
  const time = async (count) => {
    const start = performance.now();
    await searchRanges(searchers.slice(0, count), { total, limit: 0 });
    return performance.now() - start;
  };
  await time(2);
  const one = [];
  const two = [];
  for (let i = 0; i < runs; i++) {
    one.push(await time(1));
    two.push(await time(2));
  }
  await Promise.all(searchers.map((searcher) => searcher.close()));
  const [alone, together] = [summary(one).median, summary(two).median];
  const details = {
    configurations: total,
    oneMs: alone,
    twoMs: together,
    runs,
    cores: availableParallelism(),
  };
  print('search-two-cores', Number((alone / together).toPrecision(3)), 'times', details);
}

oneCore();
await twoCores();
