// Host time of launches from Node.js beside C++ and Python on one GPU, in one run: rounds of the two in turn, and the ratio pair by
// pair. Runs on a GPU host from the folder that scripts/gpu/pack.sh makes:
//   node launch.mjs FOLDER [--json]   FOLDER holds empty.sm90a.cubin, catalog.json and the built C++ peer "launch"
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Driver, result, targetOf } from '@gemm-preflight/launcher-native';
import { print, summary } from '../report.mjs';
import { workloadOf } from './workload.mjs';

const folder = process.argv[2];
const pairs = 60;
const launchesPerRound = 500;
const newProcesses = 5;

// A round's figure is the time of one launch; the first rounds, in which code is compiled and memory is mapped, do not count.
const warmUp = 60;

const [entry] = JSON.parse(readFileSync(`${folder}/catalog.json`, 'utf8')).kernels;
const cubin = readFileSync(`${folder}/empty.sm90a.cubin`);
const sha256 = createHash('sha256').update(cubin).digest('hex');
const info = { ...entry, functionName: 'preflight_empty', sha256 };

const device = Driver.cuda().device(0);
const context = device.retainPrimaryContext();
const workload = workloadOf({ context, info, cubin, target: targetOf(device) });
const { stream, sets } = workload;

if (process.argv.includes('--first')) {
  console.log(workload.first(1));
  process.exit(0);
}

const graph = stream.capture(() => {
  for (let i = 0; i < 100; i++) workload.prepared().launch(sets[0], stream);
});

/** Until the GPU is done. */
function replays(count) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) graph.launch(stream);
  stream.synchronizeBlocking();
  return Number(process.hrtime.bigint() - start);
}

/** A peer in a process of its own, which answers each line "MODE COUNT" with nanoseconds. */
function peer(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(mode, count) {
      child.stdin.write(`${mode} ${count}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} has ended`);
      return Number(value);
    },
    close: () => child.stdin.end(),
  };
}

const cpp = peer(`${folder}/launch`, [`${folder}/empty.sm90a.cubin`, info.sharedMemSize, info.threadsPerCta]);

/**
 * Sides in turn, `node` and `cpp` among them, in an order that goes round. Prints the ratio of these two, pair by pair, and what each
 * side takes, in microseconds of a launch.
 */
async function compare(name, sides, { count, launches }) {
  const names = Object.keys(sides);
  const times = Object.fromEntries(names.map((side) => [side, []]));
  for (let i = -warmUp; i < pairs; i++) {
    for (let j = 0; j < names.length; j++) {
      const side = names[(i + warmUp + j) % names.length];
      const ns = await sides[side](count);
      if (i >= 0) times[side].push(ns / launches / 1000);
    }
  }
  const ratioTo = (side) => summary(times[side].map((us, i) => us / times.cpp[i]));
  const us = Object.fromEntries(names.map((side) => [side, summary(times[side]).median]));
  const { median, p10, p90 } = ratioTo('node');
  const floor = times.bare && { floor: ratioTo('bare').median };
  print(name, median, 'of C++', { us, p10, p90, ...floor, pairs });
}

// Where the time of a launch goes. `bare` is the call of cuLaunchKernelEx through koffi with nothing around it, so bare less cpp is
// koffi's; `javascript` is a launch without that call, which is ours. `floor` is the ratio of bare to cpp: no launch from Node.js can
// be below it.
const rounds = { count: launchesPerRound, launches: launchesPerRound };
const sidesOf = (mode, cppMode) => ({
  node: (count) => workload.full(mode, count),
  cpp: (count) => cpp.run(cppMode, count),
  bare: (count) => workload.bare(mode, count),
  javascript: (count) => workload.javascript(mode, count),
});
await compare('launch-same-buffers', sidesOf('same', 'same'), rounds);
await compare('launch-patched', sidesOf('patched', 'patched'), rounds);
await compare('launch-new-addresses', sidesOf('replaced', 'replaced'), rounds);
await compare('launch-new-addresses-vs-plain', sidesOf('replaced', 'moved'), rounds);
await compare('launch-new-addresses-vs-encoding', sidesOf('replaced', 'encoded'), rounds);

// Three addresses replaced by the driver, without a launch: what new buffers cost where addresses are not plain.
const replaces = { node: (count) => workload.replace(count), cpp: (count) => cpp.run('replace', count) };
await compare('three-replaced-addresses', replaces, rounds);
const word = result.tensorMapAddress.addressWordOf(context.calls);
print('plain-addresses', word === undefined ? 0 : 1, 'bool', word === undefined ? {} : { byte: 4 * word });
await compare(
  'graph-replay',
  { node: replays, cpp: (count) => cpp.run('graph', count) },
  { count: 20, launches: 20 * 100 },
);

// Check, plan, pack and launch with new options of a kernel that is loaded: the first in a process, soon after, and in one that has
// done so for long, in which engines have compiled it all.
const cold = Array.from({ length: newProcesses }, () =>
  Number(execFileSync(process.execPath, [process.argv[1], folder, '--first'], { encoding: 'utf8' })),
);
printUs('first-launch-cold', cold);
const firsts = Array.from({ length: 4000 }, (_, i) => workload.first(i));
printUs('first-launch-early', firsts.slice(50, 200));
printUs('first-launch', firsts.slice(3000));

function printUs(name, figures) {
  const { median, ...spread } = summary(figures);
  print(name, median, 'µs', spread);
}

// No garbage: the heap after a million launches is what it was.
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
for (let i = 0; i < 2000; i++) workload.full('patched', 500);
globalThis.gc?.();
const grown = process.memoryUsage().heapUsed - before;
print('heap-growth', grown, 'bytes', { launches: 1_000_000, collected: globalThis.gc !== undefined });

cpp.close();
graph.release();
context.release();
