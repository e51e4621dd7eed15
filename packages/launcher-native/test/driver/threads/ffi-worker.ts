import { parentPort, workerData } from 'node:worker_threads';
import { readCubin } from '../../../src/cubin/index.js';
import * as driver from '../../../src/driver/index.js';
import { runWorker } from '../../gpu/ffi-checks/run.mjs';

/** What a worker of the GPU suite gets where the suite runs on the emulator. */
export interface FfiTask {
  readonly cubin: Uint8Array;
  readonly task: object;
}

const { cubin, task }: FfiTask = workerData;
parentPort?.postMessage(await runWorker({ launcher: { ...driver, readCubin }, cubin, emulate: true }, task));
