// The best kernel for a problem: all of the catalog is held against it, and those that fit are ranked by an estimate.
//
// With few tokens a small tile wastes less on padding; with many a large one loads the weights less often.
import { createCheckerSync, selectKernel } from '@gemm-preflight/checker-wasm';
import { kernels, withDevice } from './support/device.mjs';
import { problemWith } from './support/gemm.mjs';

await withDevice(({ target }) => {
  const checker = createCheckerSync();
  for (const tokens of [1, 16, 64, 512]) {
    const problem = { ...problemWith(Array(16).fill(tokens)), m: 4096, k: 2048, n: tokens };
    const { selected, candidates } = selectKernel(checker, problem, kernels, target);
    if (selected === undefined) throw new Error(`no kernel fits ${tokens} tokens`);
    const { kernel, cost } = selected;
    const tile = `${kernel.tileM}×${kernel.tileN}×${kernel.tileK}`;
    const fitting = candidates.filter(({ fits }) => fits).length;
    console.log(
      `${tokens} tokens an expert: tile ${tile}, the best of ${fitting}, bound by ${cost.time.boundBy}`,
    );
  }

  // What cannot run says why, in words.
  const { candidates } = selectKernel(checker, { ...problemWith([1]), dtypeElt: 'E2m1' }, kernels, target);
  const [refused] = candidates;
  if (refused !== undefined && !refused.fits) console.log(refused.reasons[0]?.message);
});
