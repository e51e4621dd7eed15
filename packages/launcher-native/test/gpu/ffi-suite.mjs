// The FFI and the driver floors against a real GPU. Plain Node, no test runner:
//
//   npm run build
//   node test/gpu/ffi-suite.mjs test/gpu/ffi-kernels.sm90a.cubin [--emulator] [--fault] [--only-fault=KERNEL]
//
// With another cubin than that of ffi-kernels.cu, the checks that launch are skipped. `--emulator` runs on the CPU, to try the
// suite itself. Checks that break their context on purpose run in a process of their own, `--only-fault`; `--fault` adds one in
// this process, which compute-sanitizer will report.
// Many checks provoke API errors: give compute-sanitizer `--report-api-errors no`.
// To carry it elsewhere: npx esbuild test/gpu/ffi-suite.mjs --bundle --platform=node --format=esm --outfile=suite.mjs,
// with node_modules/koffi beside it.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as launcher from '../../dist/index.js';
import { runFault, runSuite, runWorker } from './ffi-checks/run.mjs';

const args = process.argv.slice(2);
const [path] = args.filter((arg) => !arg.startsWith('--'));
if (path === undefined) {
  console.error('usage: node ffi-suite.mjs CUBIN [--emulator] [--fault]');
  process.exit(2);
}
const cubin = readFileSync(path);
const emulate = args.includes('--emulator');

/** The same file, in threads. */
const runInWorkers = (tasks) =>
  Promise.all(
    tasks.map(
      (task) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(process.argv[1], { argv: args, workerData: task });
          worker.once('message', resolve);
          worker.once('error', reject);
          worker.once('exit', (code) => reject(new Error(`a worker ended with ${code} and no answer`)));
        }),
    ),
  );

const kernel = args.find((arg) => arg.startsWith('--only-fault='))?.split('=')[1];
if (!isMainThread) {
  parentPort.postMessage(await runWorker({ launcher, cubin, emulate }, workerData));
} else if (kernel === undefined) {
  const runInChild = (name) =>
    execFileSync(process.execPath, [process.argv[1], path, `--only-fault=${name}`], { encoding: 'utf8' });
  const fault = args.includes('--fault');
  const failed = await runSuite({ launcher, cubin, emulate, fault, runInChild, runInWorkers });
  process.exitCode = failed === 0 ? 0 : 1;
} else {
  await runFault({ launcher, cubin, kernel, emulate });
  console.log(`${kernel}: as expected`);
}
