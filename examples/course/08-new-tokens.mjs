// Other tokens: in each step of a model other experts get other numbers of tokens. A prepared GEMM goes on with them without
// a check or a plan from the start.
import { optionsFor } from '@gemm-preflight/checker-wasm';
import { loadKernel, prepare } from '@gemm-preflight/launcher-native';
import { cubinOf, kernels, withDevice } from './support/device.mjs';
import { compare, problemWith, uploadOperands } from './support/gemm.mjs';

const steps = [
  [3, 0, 9],
  [0, 0, 1],
  [16, 8, 0],
];

await withDevice(async ({ context, target }) => {
  const kernel = kernels.find(({ tileN }) => tileN === 8);
  if (kernel === undefined) throw new Error('there is no kernel with tiles of 8 tokens');
  const loaded = loadKernel(context, kernel, cubinOf(kernel));
  const stream = context.createStream();
  const gemm = prepare(loaded, optionsFor(kernel, problemWith([1, 1, 1])), { target });

  for (const tokensPerBatch of steps) {
    gemm.setTokens({ tokensPerBatch });
    const buffers = uploadOperands(context, gemm.plan);
    gemm.launch(buffers, stream);
    await stream.synchronize();
    console.log(`${gemm.plan.grid.y} tiles: ${compare(buffers.c, gemm.plan)}`);
  }
});
