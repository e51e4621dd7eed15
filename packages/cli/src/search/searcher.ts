import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createCheckerSync, type SearchResult } from '@gemm-preflight/checker-wasm';
import { UserError } from '../user-error.js';
import { type PartRequest, searchPart } from './search-part.js';
import type { SearchTask } from './search-task.js';

/** Somebody who does parts of a search, one at a time. */
export interface Searcher {
  /** Decides a range from its beginning, and perhaps not to its end. */
  search(request: PartRequest): Promise<SearchResult>;
  close(): Promise<void>;
}

/** Searches in this thread, which hears signals between two parts. */
export function localSearcher(task: SearchTask): Searcher {
  const checker = createCheckerSync(task.module);
  return {
    async search(request) {
      const result = searchPart(checker, task, request);
      await setImmediate();
      return result;
    },
    async close() {},
  };
}

interface Waiting {
  readonly resolve: (result: SearchResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Searches in a thread of its own. When that ends by itself, the search that waits for it is rejected with a
 * {@link UserError}, and every later one.
 */
export function workerSearcher(task: SearchTask, script = new URL('./worker.js', import.meta.url)): Searcher {
  const worker = new Worker(script, { workerData: task });
  let waiting: Waiting | undefined;
  let failure: UserError | undefined;
  const fail = (why: string) => {
    failure ??= new UserError(`a worker of the search ${why}; --workers 1 searches without any`);
    waiting?.reject(failure);
  };
  worker.on('message', (result: SearchResult) => waiting?.resolve(result));
  worker.on('error', (error) => fail(`failed: ${error instanceof Error ? error.message : String(error)}`));
  worker.on('exit', (code) => fail(`ended with code ${code}`));
  return {
    search: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        if (failure !== undefined) reject(failure);
        else worker.postMessage(request);
      }),
    async close() {
      await worker.terminate();
    },
  };
}
