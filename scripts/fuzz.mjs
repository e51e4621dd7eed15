// Runs the fuzzing tests for long. Usage, after a build: npm run fuzz [-- --runs N] [--seconds S] [--seed S]
// Default: as many runs as a minute holds, for each property. A failure prints its smallest case; so does the same seed again.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { runs: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } },
});
for (const [name, given] of Object.entries(values)) {
  if (/^-?\d+$/.test(given) && (name === 'seed' || Number(given) > 0)) continue;
  console.error(
    `fuzz: --${name} is "${given}"; it must be a ${name === 'seed' ? '' : 'positive '}whole number`,
  );
  process.exit(2);
}
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
const seconds = values.seconds ?? (values.runs === undefined ? '60' : undefined);
console.log(
  `fuzz: seed ${seed}, ${values.runs ?? 'any number of'} runs, ${seconds ?? 'any number of'} seconds a property`,
);

const env = {
  ...process.env,
  PREFLIGHT_FUZZ_SEED: seed,
  PREFLIGHT_FUZZ_RUNS: values.runs ?? '1000000000',
  ...(seconds === undefined ? {} : { PREFLIGHT_FUZZ_SECONDS: seconds }),
};
let failed = false;
for (const folder of ['packages/checker-wasm', 'packages/cli']) {
  const { status } = spawnSync('npx', ['vitest', 'run', 'test/fuzz'], { cwd: folder, env, stdio: 'inherit' });
  failed ||= status !== 0;
}
if (failed) console.error(`fuzz: failed; --seed ${seed} finds it again`);
process.exitCode = failed ? 1 : 0;
