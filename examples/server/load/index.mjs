// A load test of the service on 127.0.0.1, in a process of its own: a few seconds each of checks, launches, and more launches
// than the queue takes. Usage, after a build: npm run load -w examples/server [-- --device gpu --seconds 5 --results FOLDER]
// Prints a table, and saves the figures as FOLDER/serving-DEVICE.json.
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fire } from './fire.mjs';
import { prepareLaunches } from './launches.mjs';
import { startService } from './service.mjs';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'emulator' },
    seconds: { type: 'string', default: '5' },
    results: { type: 'string' },
    service: { type: 'string', default: fileURLToPath(new URL('../dist/main.js', import.meta.url)) },
  },
});
const seconds = Math.min(60, Math.max(1, Number(values.seconds) || 1));
const maxQueued = 16;

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
  const figures = [];
  // Warms up: the first launches load and prepare, and the compiler has not seen the code.
  for (const run of runs) await fire(service.url, run, 1);
  for (const run of runs) figures.push({ name: run.name, ...(await fire(service.url, run, seconds)) });
  console.log(`${service.device}, ${seconds} s each`);
  console.table(Object.fromEntries(figures.map(({ name, ...figure }) => [name, figure])));
  if (values.results !== undefined) await save(values.results, figures);
} finally {
  await service.stop();
}

async function save(folder, figures) {
  await mkdir(folder, { recursive: true });
  const about = {
    date: new Date().toISOString(),
    node: process.version,
    device: service.device,
    processor: `${cpus()[0]?.model}, ${availableParallelism()} cores`,
    problem: '3 experts, 3 + 0 + 5 tokens, m 128, k 128, E4m3 to Bfloat16',
    maxQueued,
    seconds,
  };
  const file = join(folder, `serving-${service.kind}.json`);
  await writeFile(file, `${JSON.stringify({ ...about, figures }, null, 2)}\n`);
  console.log(`saved ${file}`);
}
