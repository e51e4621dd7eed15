// Prints what a server finds out: a diagnostic, the memory of a launch, a catalog.
import { readFileSync } from 'node:fs';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { catalogUrls } from '@gemm-preflight/kernels';
import { emulatedDriver } from '@gemm-preflight/launcher-native';
import { targets } from '@gemm-preflight/types';
import { diagnose } from './diagnose.js';
import { options } from './options.js';

const { ok, sharedMemory } = createCheckerSync().check(options, 'b200');
const { kernels } = JSON.parse(readFileSync(catalogUrls.preflight, 'utf8'));
const driver = emulatedDriver({ target: targets.h100, kernels });
const wasm = await WebAssembly.compile(
  readFileSync(new URL(import.meta.resolve('@gemm-preflight/checker-wasm/checker.wasm'))),
);
console.log(
  JSON.stringify({
    diagnostic: await diagnose(),
    ok,
    sharedMemBytes: sharedMemory.total,
    kernels: kernels.length,
    device: driver.device(0).name,
    streamed: createCheckerSync(wasm).check(options, 'b200').ok,
    from: ['types', 'checker-wasm', 'launcher-native', 'kernels'].map((name) =>
      import.meta.resolve(`@gemm-preflight/${name}`),
    ),
  }),
);
