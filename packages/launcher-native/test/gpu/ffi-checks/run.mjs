import assert from 'node:assert/strict';
import { deviceChecks } from './devices.mjs';
import { emulatedFfiKernels } from './emulated-kernels.mjs';
import { graphChecks } from './graphs.mjs';
import { launchChecks } from './launches.mjs';
import { faultCheck, lostContextChecks } from './lost-contexts.mjs';
import { memoryChecks } from './memory.mjs';
import { moduleChecks } from './modules.mjs';
import { peerChecks } from './peers.mjs';
import { pinnedMemoryChecks } from './pinned-memory.mjs';
import { poolChecks } from './pools.mjs';
import { streamChecks } from './streams.mjs';
import { tensorMapChecks } from './tensor-maps.mjs';
import { workerChecks, workInThread } from './workers.mjs';

/** All checks in the order in which they run. */
export const allChecks = [
  ...deviceChecks,
  ...memoryChecks,
  ...pinnedMemoryChecks,
  ...poolChecks,
  ...peerChecks,
  ...streamChecks,
  ...moduleChecks,
  ...tensorMapChecks,
  ...launchChecks,
  ...graphChecks,
  ...workerChecks,
  ...lostContextChecks,
];

/** An emulated H100 with the kernels of ffi-kernels.cu. */
export function emulatedDriver(launcher) {
  return launcher.Driver.emulator({
    target: { name: 'h100', smVersion: 90, numSms: 132, sharedMemPerBlockOptin: 227 * 1024 },
    kernels: (name) => emulatedFfiKernels[name],
  });
}

/** What checks get to work with; `release` gives it back. */
export function createEnvironment({ launcher, driver, cubin, note = () => {}, runInChild, runInWorkers }) {
  const device = driver.device(0);
  const context = device.retainPrimaryContext();
  let module;
  let mapBuffer;
  return {
    launcher,
    driver,
    device,
    context,
    cubin,
    note,
    /** Runs this suite's `--only-fault=KERNEL` in another process, and returns what it printed. */
    runInChild,
    /** Gives each of these to `runWorker` in a thread of its own, at the same time; resolves to what they answer. */
    runInWorkers,
    hasKernels: launcher.readCubin(cubin).kernels.some(({ name }) => name === 'ffi_checksum'),
    /** A kernel from a module of its own, so that attributes set before do not show. */
    kernel(name) {
      module?.release();
      module = context.loadModule(cubin);
      return module.getKernel(name);
    },
    /** A buffer for tensor maps to describe. */
    mapBuffer() {
      mapBuffer ??= context.allocate(1 << 16);
      return mapBuffer;
    },
    /** Everything but the context. */
    releaseObjects() {
      module?.release();
      mapBuffer?.release();
      mapBuffer = undefined;
    },
  };
}

/** Runs the check that loses its context, alone. Throws what it throws. */
export async function runFault({ launcher, cubin, kernel, emulate = false }) {
  const driver = emulate ? emulatedDriver(launcher) : launcher.Driver.cuda();
  const env = createEnvironment({ launcher, driver, cubin });
  await faultCheck(kernel).run(env);
  env.releaseObjects();
  env.context.release();
}

/** What a thread does that a check has started. */
export function runWorker({ launcher, cubin, emulate = false }, task) {
  const driver = emulate ? emulatedDriver(launcher) : launcher.Driver.cuda();
  return workInThread({ driver, cubin, emulate }, task);
}

/**
 * Runs all checks twice, the first time only to let the driver allocate what it keeps, and prints the outcome of the second.
 * Returns how many failed.
 */
export async function runSuite({
  launcher,
  cubin,
  emulate = false,
  fault = false,
  runInChild,
  runInWorkers,
}) {
  const driver = emulate ? emulatedDriver(launcher) : launcher.Driver.cuda();
  let isWarmUp = true;
  const note = (text) => isWarmUp || console.log(`  note: ${text}`);
  const env = createEnvironment({ launcher, driver, cubin, note, runInChild, runInWorkers });
  const counts = { passed: 0, failed: 0, skipped: 0 };

  const runOne = async ({ name, run, needsGpu, needsKernels }) => {
    if ((needsGpu && emulate) || (needsKernels && !env.hasKernels)) {
      counts.skipped += 1;
      return;
    }
    try {
      await run(env);
      counts.passed += 1;
    } catch (error) {
      counts.failed += 1;
      if (!isWarmUp)
        console.log(`FAILED ${name}\n  ${String(error?.stack ?? error).replaceAll('\n', '\n  ')}`);
    }
  };
  const runAll = async () => {
    for (const check of allChecks) await runOne(check);
    env.releaseObjects();
    return env.context.memoryInfo().freeBytes;
  };

  const atStart = env.context.memoryInfo().freeBytes;
  const before = await runAll();
  isWarmUp = false;
  Object.assign(counts, { passed: 0, failed: 0, skipped: 0 });
  const after = await runAll();
  note(`free memory at the start ${atStart}, before the second pass ${before}, after it ${after}`);
  await runOne({
    name: 'free memory is back where it started',
    run: () => assert.equal(after, before),
  });
  if (fault) await runOne(faultCheck('ffi_fault'));
  await runOne({ name: 'the context is released', run: () => env.context.release() });

  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
  return counts.failed;
}
