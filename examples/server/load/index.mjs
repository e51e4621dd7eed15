// A load test of the service on 127.0.0.1, in a process of its own: checks, launches, and more launches than the queue takes.
// Usage, after a build: npm run load -w examples/server [-- --device gpu --seconds 3 --rounds 3 --results FOLDER]
// Prints a table of medians over the rounds, and saves them as FOLDER/serving.json.
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fire } from './fire.mjs';
import { prepareLaunches } from './launches.mjs';
import { startService } from './service.mjs';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'emulator' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    results: { type: 'string' },
    service: { type: 'string', default: fileURLToPath(new URL('../dist/main.js', import.meta.url)) },
  },
});
const seconds = between(1, Number(values.seconds), 60);
const rounds = between(1, Number(values.rounds), 20);
const maxQueued = 16;
const [loadBefore] = loadavg();

const service = await startService(values.service, [
  '--device',
  values.device,
  '--max-queued',
  `${maxQueued}`,
]);
try {
  const { launches, options } = await prepareLaunches(service.url, 64);
  const launch = { path: '/launch', bodies: launches };
  const runs = [
    { name: 'checks', path: '/check', bodies: [{ options }], connections: 8 },
    { name: 'launches, one after the other', ...launch, connections: 1 },
    { name: 'launches, the queue half full', ...launch, connections: 8 },
    { name: 'launches, four times the queue', ...launch, connections: 4 * maxQueued },
  ];
  // Warms up: the first launches load and prepare, and the compiler has not seen the code.
  for (const run of runs) await fire(service.url, run, 1);
  const measured = runs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, run] of runs.entries()) measured[i].push(await fire(service.url, run, seconds));
  }
  const figures = Object.fromEntries(runs.map(({ name }, i) => [name, medians(measured[i])]));
  console.log(`${service.device}; medians of ${rounds} rounds of ${seconds} s`);
  console.table(figures);
  await save(values.results ?? defaultFolder(), figures);
} finally {
  await service.stop();
}

function between(least, value, most) {
  return Math.min(most, Math.max(least, value || least));
}

/** The median of each figure. */
function medians(rounds) {
  const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
  return Object.fromEntries(
    Object.keys(rounds[0]).map((key) => [key, median(rounds.map((one) => one[key]))]),
  );
}

function defaultFolder() {
  const day = new Date().toISOString().slice(0, 10);
  return fileURLToPath(new URL(`../../../benchmarks/results/${day}-${service.kind}`, import.meta.url));
}

async function save(folder, figures) {
  await mkdir(folder, { recursive: true });
  const about = {
    date: new Date().toISOString(),
    node: process.version,
    device: service.device,
    processor: `${cpus()[0]?.model}, ${availableParallelism()} cores`,
    // Above the number of cores, others were at work on the machine.
    loadAverage: loadBefore,
    problem: '3 experts, 3 + 0 + 5 tokens, m 128, k 128, E4m3 to Bfloat16',
    maxQueued,
    rounds,
    seconds,
  };
  const file = join(folder, 'serving.json');
  await writeFile(file, `${JSON.stringify({ ...about, figures }, null, 2)}\n`);
  console.log(`saved ${file}`);
}
