// Host time of launches from Node.js beside C++ and Python on one GPU, in one run: rounds of the two in turn, and the ratio pair by
// pair. Runs on a GPU host from the folder that scripts/gpu/pack.sh makes:
//   node launch.mjs FOLDER [--json]   FOLDER holds empty.sm90a.cubin, catalog.json and the built C++ peer "launch"
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { optionsFor } from '@gemm-preflight/checker-wasm';
import { Driver, loadKernel, prepare, targetOf } from '@gemm-preflight/launcher-native';
import { print, summary } from '../report.mjs';

const folder = process.argv[2];
const pairs = 60;
const launchesPerRound = 500;

// A round's figure is the time of one launch; the first rounds, in which code is compiled and memory is mapped, do not count.
const warmUp = 12;

const [entry] = JSON.parse(readFileSync(`${folder}/catalog.json`, 'utf8')).kernels;
const cubin = readFileSync(`${folder}/empty.sm90a.cubin`);
const sha256 = createHash('sha256').update(cubin).digest('hex');
const info = { ...entry, functionName: 'preflight_empty', sha256 };

const device = Driver.cuda().device(0);
const context = device.retainPrimaryContext();
const stream = context.createStream();
const loaded = loadKernel(context, info, cubin);
const target = targetOf(device);
const options = optionsFor(info, {
  batchM: false,
  transposeMmaOutput: true,
  m: 256,
  n: 8,
  k: 256,
  tokensPerBatch: [3, 8],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
});
const prepared = prepare(loaded, options, { target });
const sets = Array.from({ length: 64 }, () => ({
  a: context.allocate(256 * 2 * 256),
  b: context.allocate(16 * 256),
  c: context.allocate(16 * 256 * 2),
  scaleC: context.allocate(4),
}));

/** Nanoseconds of the host for so many launches, of which the GPU need not have done any by then. */
function round(setOf, count) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) prepared.launch(sets[setOf(i)], stream);
  const ns = Number(process.hrtime.bigint() - start);
  stream.synchronizeBlocking();
  return ns;
}

const graph = stream.capture(() => {
  for (let i = 0; i < 100; i++) prepared.launch(sets[0], stream);
});

/** Until the GPU is done. */
function replays(count) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) graph.launch(stream);
  stream.synchronizeBlocking();
  return Number(process.hrtime.bigint() - start);
}

const node = {
  same: (count) => round(() => 0, count),
  patched: (count) => round((i) => i % 4, count),
  replaced: (count) => round((i) => i % 64, count),
  graph: replays,
};

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

/** One mode, Node.js and C++ in turn, the first of a pair alternating. */
async function compare(name, mode, cppMode, { count, launches }) {
  const times = { node: [], cpp: [] };
  for (let i = -warmUp; i < pairs; i++) {
    const both = {};
    const sides = { node: () => node[mode](count), cpp: () => cpp.run(cppMode, count) };
    for (const side of i % 2 === 0 ? ['node', 'cpp'] : ['cpp', 'node']) both[side] = await sides[side]();
    if (i < 0) continue;
    for (const side of ['node', 'cpp']) times[side].push(both[side] / launches / 1000);
  }
  const ratio = summary(times.node.map((us, i) => us / times.cpp[i]));
  const us = { node: summary(times.node).median, cpp: summary(times.cpp).median };
  print(name, ratio.median, 'of C++', { us, p10: ratio.p10, p90: ratio.p90, pairs });
}

const rounds = { count: launchesPerRound, launches: launchesPerRound };
await compare('launch-same-buffers', 'same', 'same', rounds);
await compare('launch-patched', 'patched', 'patched', rounds);
await compare('launch-new-addresses', 'replaced', 'replaced', rounds);
await compare('launch-new-addresses-vs-encoding', 'replaced', 'encoded', rounds);
await compare('graph-replay', 'graph', 'graph', { count: 20, launches: 20 * 100 });

// A kernel whose module is loaded, launched for the first time with these options: check, plan, pack, launch.
const firsts = [];
for (let i = 0; i < 200; i++) {
  const start = performance.now();
  prepare(loaded, { ...options, k: 128 * (1 + (i % 20)), m: 256 }, { target }).launch(
    { ...sets[i % 64], ...(i % 20 > 1 && big()) },
    stream,
  );
  firsts.push((performance.now() - start) * 1000);
  stream.synchronizeBlocking();
}
const { median, ...spread } = summary(firsts.slice(50));
print('first-launch', median, 'µs', spread);

/** Buffers that are large enough for every k above. */
function big() {
  big.buffers ??= { a: context.allocate(512 * 2560), b: context.allocate(16 * 2560) };
  return big.buffers;
}

// No garbage: the heap after a million launches is what it was.
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
for (let i = 0; i < 2000; i++) round((j) => j % 4, 500);
globalThis.gc?.();
const grown = process.memoryUsage().heapUsed - before;
print('heap-growth', grown, 'bytes', { launches: 1_000_000, collected: globalThis.gc !== undefined });

cpp.close();
graph.release();
context.release();
