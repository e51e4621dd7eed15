// A graph: launches recorded once and replayed as a whole, at less cost a kernel than one by one.
//
// It keeps a copy of each launch's parameters. So buffers have to live as long as it does, and what is to change from one
// replay to the next, such as activations, goes into a buffer in between: here through page-locked memory, which copies in a
// graph need, because the copy reads it when the graph runs.
import { optionsFor } from '@gemm-preflight/checker-wasm';
import { loadKernel, prepare } from '@gemm-preflight/launcher-native';
import { cubinOf, kernels, withDevice } from './support/device.mjs';
import { compare, paddedTokens, problemWith, uploadOperands } from './support/gemm.mjs';

await withDevice(async ({ context, target }) => {
  const [kernel] = kernels;
  if (kernel === undefined) throw new Error('the catalog is empty');
  const loaded = loadKernel(context, kernel, cubinOf(kernel));
  const gemm = prepare(loaded, optionsFor(kernel, problemWith([3, 0, 9])), { target });
  const layers = [1, 2, 3].map(() => uploadOperands(context, gemm.plan));
  const tokens = context.allocatePinned(paddedTokens(gemm.plan).byteLength);

  const stream = context.createStream();
  const graph = stream.capture(() => {
    for (const layer of layers) {
      layer.b.copyFrom(tokens.bytes, { stream });
      gemm.launch(layer, stream);
    }
  });
  console.log(`${graph.nodeCount} nodes, of which ${graph.kernels.length} launch a kernel`);

  for (const firstToken of [0, 1]) {
    tokens.bytes.set(paddedTokens(gemm.plan, firstToken));
    graph.launch(stream);
    await stream.synchronize();
    for (const { c } of layers) console.log(compare(c, gemm.plan, firstToken));
  }
});
