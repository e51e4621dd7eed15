// Launches at full rate for a while, and fails unless memory of host and device stays what it was: prepared launches over buffers that
// change, graphs, allocations and events, as a server has them.
//
//   npm run build
//   node test/gpu/soak/soak.mjs CATALOG [--seconds N, default 60] [--emulator]
//
// CATALOG is preflight-sm90a.json, with the cubins where it says. To carry it elsewhere, bundle it as ffi-suite.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { optionsFor } from '@gemm-preflight/checker-wasm';
import { loadKernel, openDevice, prepare } from '../../../dist/index.js';
import { formatSample, growths, head } from './flat.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '60' }, emulator: { type: 'boolean', default: false } },
});
const [catalog] = positionals;
const seconds = Number(values.seconds);
if (catalog === undefined || !(seconds > 0)) {
  console.error('usage: node soak.mjs CATALOG [--seconds N] [--emulator]');
  process.exit(2);
}

/** More sets than a prepared GEMM keeps blocks for, so that addresses are patched. */
const setCount = 24;
const launchesPerTurn = values.emulator ? 24 : 2000;
const graphLaunches = values.emulator ? 4 : 100;
/** In a graph's place, and for how many turns a set is kept. */
const turnsPerSet = 5;
const sampleCount = 12;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const [info] = JSON.parse(readFileSync(catalog, 'utf8')).kernels;
const choice = values.emulator ? 'emulator' : 'gpu';
const opened = openDevice({ choice, kernels: [info], emulatedMemoryBytes: 2 ** 26 });
const { context, target } = opened;
console.log(opened.description);

const tokensPerBatch = [
  [3, 0, 5],
  [8, 1, 0],
  [1, 1, 1],
];
const problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 128,
  n: 8,
  k: 128,
  tokensPerBatch: tokensPerBatch[0],
};
const options = optionsFor(info, { ...problem, dtypeElt: 'E4m3', dtypeC: 'Bfloat16' });
const loaded = loadKernel(context, info, readFileSync(resolve(dirname(catalog), info.cubin)));
const gemm = prepare(loaded, options, { target });
const bytesOf = Object.fromEntries(gemm.plan.buffers.map(({ buffer, bytes }) => [buffer, bytes]));
const streams = [context.createStream(), context.createStream({ nonBlocking: true })];
const [stream, other] = streams;

/** 1.0 in E4m3, so that every output is k. */
const oneCode = 0x38;
const expected = 128;

function newSet() {
  const a = context.allocate(bytesOf.a);
  // Rows for whatever tokens, and scales of none.
  const b = context.allocate(3 * 8 * 128);
  const c = context.allocate(3 * 8 * 128 * 2);
  a.fill(oneCode);
  b.fill(oneCode);
  return { a, b, c };
}

function releaseSet(set) {
  for (const buffer of Object.values(set)) buffer.release();
}

const sets = Array.from({ length: setCount }, newSet);
let [graph, graphSet] = [undefined, undefined];
let launches = 0;
let turns = 0;

/** Some thousands of launches, with all that servers do besides. */
async function turn() {
  turns += 1;
  gemm.setTokens({ tokensPerBatch: tokensPerBatch[turns % tokensPerBatch.length] });
  // A set goes and another comes, and so does the graph that has its addresses.
  const at = turns % setCount;
  releaseSet(sets[at]);
  sets[at] = newSet();
  if (turns % turnsPerSet === 1) {
    graph?.release();
    if (graphSet !== undefined) releaseSet(graphSet);
    graphSet = newSet();
    graph = stream.capture(() => {
      for (let i = 0; i < graphLaunches; i += 1) gemm.launch(graphSet, stream);
    });
  }
  const [begun, ended] = [context.createEvent(), context.createEvent({ timing: false })];
  const scratch = context.allocateAsync(1 << 16, { stream });
  stream.record(begun);
  scratch.fill(turns & 0xff, { stream });
  for (let i = 0; i < launchesPerTurn; i += 1) {
    gemm.launch(sets[i % setCount], stream);
    if (i % 512 === 0) graph.launch(stream);
  }
  launches += launchesPerTurn + Math.ceil(launchesPerTurn / 512) * graphLaunches;
  stream.record(ended);
  other.waitFor(ended);
  gemm.launch(sets[at], other);
  scratch.release();
  await Promise.all(streams.map((each) => each.synchronize()));
  const last = context.createEvent();
  stream.record(last);
  await last.synchronize();
  assert.ok(last.elapsedMsSince(begun) >= 0);
  for (const event of [begun, ended, last]) event.release();
}

const started = performance.now();
const elapsedSeconds = () => (performance.now() - started) / 1000;

async function sample() {
  context.synchronizeBlocking();
  // Array buffers go some time after what held them.
  for (let i = 0; i < 2; i += 1) {
    collect();
    await nextTurn();
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const { freeBytes, totalBytes } = context.memoryInfo();
  const taken = {
    seconds: Number(elapsedSeconds().toFixed(1)),
    launches,
    heapBytes: heapUsed,
    arrayBufferBytes: arrayBuffers,
    rssBytes: rss,
    deviceBytes: totalBytes - freeBytes,
  };
  console.log(formatSample(taken));
  return taken;
}

/** All outputs of a set that has just been launched are right: what was launched for so long is still what it was. */
async function verify() {
  const [set] = sets;
  gemm.setTokens({ tokensPerBatch: [8, 8, 8] });
  set.c.fill(0xff);
  gemm.launch(set, stream);
  await stream.synchronize();
  const codes = new Uint16Array(3 * 8 * 128);
  set.c.copyTo(codes);
  const values = new Float32Array(Uint32Array.from(codes, (code) => code << 16).buffer);
  assert.ok(values.every((value) => value === expected));
}

console.log(head);
const samples = [];
await verify();
while (elapsedSeconds() < seconds) {
  await turn();
  if (elapsedSeconds() >= (samples.length * seconds) / sampleCount) samples.push(await sample());
}
samples.push(await sample());
await verify();

const grown = growths(samples);
for (const line of grown) console.log(line);
const rate = Math.round(launches / elapsedSeconds()).toLocaleString('en');
console.log(
  `${launches.toLocaleString('en')} launches, ${rate} a second: ${grown.length === 0 ? 'flat' : 'NOT flat'}`,
);
process.exitCode = grown.length === 0 ? 0 : 1;
opened.release();
