// A plan: everything about a launch that does not depend on addresses. It needs no device either.
import { createCheckerSync, optionsFor, planLaunch } from '@gemm-preflight/checker-wasm';
import { kernels } from './support/device.mjs';
import { problemWith } from './support/gemm.mjs';

const kernel = kernels.find(({ tileN }) => tileN === 8);
if (kernel === undefined) throw new Error('there is no kernel with tiles of 8 tokens');

// Three experts, one of which has no token. Nine tokens take two tiles of 8.
const options = optionsFor(kernel, problemWith([3, 0, 9]));
const checked = createCheckerSync().check(options, 'h100', { kernel });
const plan = planLaunch(kernel, checked, { pdl: true });

const { grid, block, sharedMemBytes, outputShape, ctaTables, buffers } = plan;
console.log(
  `grid ${grid.x}×${grid.y}×${grid.z}, ${block.x} threads, ${sharedMemBytes} bytes of shared memory`,
);
console.log(`tile → expert: ${ctaTables.ctaIdxXyToBatchIdx.join(' ')}`);
console.log(`expert → first row: ${ctaTables.tokenOffsets.join(' ')}; ${outputShape[0]} rows with padding`);
for (const { buffer, bytes, description } of buffers)
  console.log(`${buffer}: ${bytes} bytes, ${description}`);
