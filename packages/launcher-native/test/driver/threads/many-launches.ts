import { PerformanceObserver } from 'node:perf_hooks';
import { Driver } from '../../../src/driver/index.js';
import { emulate } from '../emulated.js';
import { prepare, testKernels } from '../kernels.js';

/** What was left after many launches, garbage collected. */
export interface Growth {
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Collections of garbage while it launched, the two that were asked for aside. */
  readonly collections: number;
}

const [launches = 0, library] = [Number(process.argv[2]), process.argv[3]];
const driver = library === undefined ? emulate({ kernels: testKernels }) : Driver.cuda(library);
using context = driver.device(0).retainPrimaryContext();
const stream = context.createStream();
const launch = prepare(context, 'idle', { stream });
const graph = stream.capture(() => launch.launch());

function launchMany(count: number): void {
  for (let i = 0; i < count; i += 1) {
    launch.launch();
    if (i % 100 === 0) graph.launch(stream);
    if (i % 1000 === 0) stream.query();
  }
}

function measure(): { readonly heapBytes: number; readonly rssBytes: number } {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, rssBytes: rss };
}

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

launchMany(launches / 10);
const before = measure();
await new Promise(setImmediate);
collections = 0;
launchMany(launches);
const after = measure();
await new Promise(setImmediate);
const growth: Growth = {
  heapBytes: after.heapBytes - before.heapBytes,
  rssBytes: after.rssBytes - before.rssBytes,
  collections,
};
console.log(JSON.stringify(growth));
