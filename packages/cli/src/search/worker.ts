import { parentPort, workerData } from 'node:worker_threads';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type PartRequest, searchPart } from './search-part.js';
import type { SearchTask } from './search-task.js';

// The thread that searcher.ts starts: it answers each part that it is asked for.
const task: SearchTask = workerData;
const checker = createCheckerSync(task.module);
parentPort?.on('message', (request: PartRequest) => {
  parentPort?.postMessage(searchPart(checker, task, request));
});
