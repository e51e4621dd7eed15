// How fast the checker checks, and how large it is. Usage, after a build: npm run bench [-- --json]
// Every figure is the median of many runs on one core; the spread is the runs' 10th to 90th percentile.
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createCheckerSync, moduleBytes, packOptions } from '@gemm-preflight/checker-wasm';

const runs = 51;
const asJson = process.argv.includes('--json');
const golden = new URL('../packages/checker-wasm/test/golden/checks.jsonl.gz', import.meta.url);
const cases = gunzipSync(readFileSync(golden))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const checker = createCheckerSync();

function print(name, value, unit, details) {
  if (asJson) console.log(JSON.stringify({ name, value, unit, details }));
  else console.log(`${name.padEnd(28)} ${value} ${unit.padEnd(10)} ${JSON.stringify(details)}`);
}

/** Times `work`, which does `count` things, and prints how many it does a second. */
function rate(name, count, work, details) {
  for (let i = 0; i < 10; i++) work();
  const perSecond = Array.from({ length: runs }, () => {
    const start = performance.now();
    work();
    return (count / (performance.now() - start)) * 1000;
  }).sort((a, b) => a - b);
  const at = (share) => Number((perSecond[Math.floor(share * (runs - 1))] / 1e6).toPrecision(3));
  print(name, at(0.5), 'M/s', { ...details, runs, p10: at(0.1), p90: at(0.9) });
}

/** Repeats configurations until there are enough for one run to take milliseconds. */
function repeated(configurations, count) {
  return Array.from({ length: count }, (_, i) => configurations[i % configurations.length]);
}

const valid = cases.filter(({ ok }) => ok).map(({ options, changed }) => ({ ...options, ...changed }));
const mixed = cases.map(({ options }) => options);
const batch = 20_000;
for (const [name, configurations, settings] of [
  ['check-many-valid', valid, { onlyRuleSet: true }],
  ['check-many-mixed', mixed, { onlyRuleSet: true }],
  ['check-many-all-groups', mixed, {}],
]) {
  const packed = packOptions(repeated(configurations, batch));
  const loaded = checker.load(packed);
  const details = { configurations: configurations.length, batch };
  rate(name, batch, () => loaded.check('b200', settings), details);
  rate(`${name}-copied`, batch, () => checker.checkMany(packed, 'b200', settings), details);
}

const clean = cases.find(
  ({ ok, blackwell, changed }) => ok && blackwell && Object.keys(changed).length === 0,
).options;
const broken = { ...clean, clusterDimX: 2, clusterDimY: 2, useFusedAct: true };
rate('check-object-valid', 5000, () => {
  for (let i = 0; i < 5000; i++) checker.check(clean, 'b200');
});
rate('check-object-two-errors', 2000, () => {
  for (let i = 0; i < 2000; i++) checker.check(broken, 'b200');
});

const bytes = moduleBytes();
print('module-size', bytes.length, 'bytes', { gzip: gzipSync(bytes, { level: 9 }).length });
