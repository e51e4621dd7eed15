// A check: what is wrong with a configuration, and what would mend it. It needs no device, and runs in a browser as well.
//
// A kernel is compiled for tiles and types. Whether it can run a problem is decided by rules, each with a name and a page in
// docs/rules. A check applies all of them, and says everything that is wrong at once.
import { applyFixes, createCheckerSync, optionsFor } from '@gemm-preflight/checker-wasm';
import { kernels } from './support/device.mjs';
import { problemWith } from './support/gemm.mjs';

const [kernel] = kernels;
if (kernel === undefined) throw new Error('the catalog is empty');
// The kernel works through k in steps of 128, and stores whole tiles of 128 outputs.
const options = optionsFor(kernel, { ...problemWith([3, 0, 5]), m: 200, k: 1000 });

const checker = createCheckerSync();
for (const { rule, message } of checker.check(options, 'h100').diagnostics)
  console.log(`${rule}: ${message}`);

// Fixes are checked before they are offered. These pad the problem, which nobody does unasked.
const fixed = applyFixes(checker, options, 'h100', { fixProblem: true });
for (const { rule, title } of fixed.applied) console.log(`${rule}: ${title}`);
console.log(`ok after that: ${fixed.result.ok}`);
