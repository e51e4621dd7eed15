// A prepared GEMM: checked, planned and packed once, then launched with whatever buffers there are.
//
// A launch then writes the addresses that changed and makes one driver call. This is what a server does.
import { optionsFor } from '@gemm-preflight/checker-wasm';
import { loadKernel, prepare } from '@gemm-preflight/launcher-native';
import { cubinOf, kernels, withDevice } from './support/device.mjs';
import { compare, problemWith, uploadOperands } from './support/gemm.mjs';

await withDevice(async ({ context, target }) => {
  const [kernel] = kernels;
  if (kernel === undefined) throw new Error('the catalog is empty');
  const loaded = loadKernel(context, kernel, cubinOf(kernel));
  const stream = context.createStream();
  const gemm = prepare(loaded, optionsFor(kernel, problemWith([3, 0, 9])), { target });

  const sets = [1, 2, 3].map(() => uploadOperands(context, gemm.plan));
  // The driver copies the parameters at each launch, so nobody has to wait before the next.
  for (const buffers of sets) gemm.launch(buffers, stream);
  await stream.synchronize();
  for (const { c } of sets) console.log(compare(c, gemm.plan));
});
