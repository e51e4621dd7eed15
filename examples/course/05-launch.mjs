// A launch: check, plan, parameter block and driver call in one. A configuration that the check refuses never gets to a device.
import { optionsFor } from '@gemm-preflight/checker-wasm';
import { checkAndPlan, launchPlan, loadKernel } from '@gemm-preflight/launcher-native';
import { cubinOf, kernels, withDevice } from './support/device.mjs';
import { compare, problemWith, uploadOperands } from './support/gemm.mjs';

await withDevice(async ({ context, target }) => {
  const [kernel] = kernels;
  if (kernel === undefined) throw new Error('the catalog is empty');
  // Catalog entry and cubin are held against each other before the driver sees either.
  const loaded = loadKernel(context, kernel, cubinOf(kernel));
  const stream = context.createStream();

  // `launch` does both; here the plan tells how large buffers have to be.
  const plan = checkAndPlan(loaded, optionsFor(kernel, problemWith([3, 0, 9])), { target });
  const buffers = uploadOperands(context, plan);
  launchPlan(loaded, plan, buffers, stream);
  await stream.synchronize();
  console.log(compare(buffers.c, plan));

  try {
    checkAndPlan(loaded, optionsFor(kernel, { ...problemWith([3, 0, 9]), k: 100 }), { target });
  } catch (error) {
    // tile-k-divides-k-slice: k 100 is no multiple of tileK 128; …
    console.log(error instanceof Error ? error.name : error);
  }
});
