// How fast the checker checks, and how large it is. Usage, after a build: npm run bench [-- --json]
// Every figure is the median of many runs on one core; the spread is the runs' 10th to 90th percentile.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { checkMany, createCheckerSync, loadOptions, packOptions } from '@gemm-preflight/checker-wasm';
import { cppRules } from './cpp-rules.mjs';
import { peers } from './peers.mjs';
import { print, rates } from './report.mjs';
import { checkerModule } from './sizes.mjs';

const golden = new URL('../packages/checker-wasm/test/golden/checks.jsonl.gz', import.meta.url);
const cases = gunzipSync(readFileSync(golden))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const checker = createCheckerSync();

function printRate(name, { median, ...spread }, details = {}) {
  print(name, median, 'M/s', { ...details, ...spread });
}

/** Repeats configurations until there are enough for one run to take milliseconds. */
function repeated(configurations, count) {
  return Array.from({ length: count }, (_, i) => configurations[i % configurations.length]);
}

const valid = cases.filter(({ ok }) => ok).map(({ options, changed }) => ({ ...options, ...changed }));
const mixed = cases.map(({ options }) => options);
const batch = 20_000;
const cpp = cppRules();

/** Plain C++ of the same rules, which returns at the first error, or throws; both have to find what the checker finds. */
function cppPeers(packed, expected) {
  const returns = cpp?.rate(packed, { throws: false, runs: 51 });
  if (returns !== undefined && returns.valid !== expected)
    throw new Error(`C++ finds ${returns.valid} valid, the checker ${expected}`);
  return (
    returns && { 'C++': returns.rate, 'C++ that throws': cpp.rate(packed, { throws: true, runs: 11 }).rate }
  );
}

for (const [name, configurations, settings] of [
  ['check-many-valid', valid, { onlyRuleSet: true }],
  ['check-many-mixed', mixed, { onlyRuleSet: true }],
  ['check-many-all-groups', mixed, {}],
  ['check-many-all-groups-valid', valid, {}],
]) {
  const packed = packOptions(repeated(configurations, batch));
  const inModule = loadOptions(checker, packed);
  const found = inModule.check('b200', settings).valid;
  const { loaded, copied } = rates(batch, {
    loaded: () => inModule.check('b200', settings),
    copied: () => checkMany(checker, packed, 'b200', settings),
  });
  const peers = settings.onlyRuleSet ? { peers: cppPeers(packed, found) } : {};
  const details = { configurations: configurations.length, batch, valid: found };
  printRate(name, loaded, { ...details, ...peers });
  printRate(`${name}-copied`, copied, details);
}

/** What was found last: of what nobody keeps, an engine may leave some out. */
const kept = { last: undefined };

/** How fast each of some judges judges an object, again and again. */
function objectRates(options, judges) {
  const count = 5000;
  const again = (judge) => () => {
    for (let i = 0; i < count; i++) kept.last = judge(options);
  };
  return rates(
    count,
    Object.fromEntries(Object.entries(judges).map(([name, judge]) => [name, again(judge)])),
  );
}

const clean = cases.find(
  ({ ok, blackwell, changed }) => ok && blackwell && Object.keys(changed).length === 0,
).options;
const broken = { ...clean, clusterDimX: 2, clusterDimY: 2, useFusedAct: true };
const check = (options) => checker.check(options, 'b200');
for (const [name, accepts] of Object.entries(peers))
  if (!accepts(clean)) throw new Error(`${name} does not accept what the checker accepts`);

const { own, ajv, zod } = objectRates(clean, { own: check, ...peers });
printRate('check-object-valid', own, { peers: { ajv: ajv.median, zod: zod.median } });
printRate('check-object-two-errors', objectRates(broken, { own: check }).own);
const { all } = rates(mixed.length, {
  all: () => {
    for (const options of mixed) kept.last = check(options);
  },
});
printRate('check-object-mixed', all, { configurations: mixed.length });

const { raw, gzip } = checkerModule();
print('module-size', raw, 'bytes', { gzip });
