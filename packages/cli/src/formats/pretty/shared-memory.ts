import type { BatchedGemmOptions, CheckResult, SharedMemoryLayout, Target } from '@gemm-preflight/types';
import { dim3, grouped, percent } from './numbers.js';
import { table } from './table.js';
import { indented } from './text.js';
import type { View } from './view.js';

/** The shared memory of a configuration, chunk by chunk. */
export function formatSharedMemory(
  layout: SharedMemoryLayout,
  options: BatchedGemmOptions,
  target: Target,
  view: View,
): string {
  const rows = chunksOf(layout, options).map(([offset, name, content]) => [grouped(offset), name, content]);
  const columns = [{ head: 'offset', align: 'right' }, { head: 'chunk' }, { head: 'holds' }] as const;
  return `${sharedMemoryLine(layout, target)}\n${indented(table(columns, rows, view), '  ')}`;
}

/** How much shared memory a configuration takes, in a line. */
export function sharedMemoryLine({ total }: SharedMemoryLayout, { sharedMemPerBlockOptin }: Target): string {
  const share = percent(total / sharedMemPerBlockOptin);
  return `shared memory ${grouped(total)} of ${grouped(sharedMemPerBlockOptin)} bytes (${share})`;
}

/** The grid in a line. */
export function gridLine({ grid }: NonNullable<CheckResult['launch']>, { numSms }: Target): string {
  const ctas = grid.x * grid.y * grid.z;
  return `grid ${dim3(grid)} = ${grouped(ctas)} CTAs, ${Number((ctas / numSms).toPrecision(3))} waves of ${numSms} SMs`;
}

type Chunk = readonly [offset: number, name: string, content: string];

/** The chunks that hold something. An empty chunk starts where its follower does, or at the end. */
function chunksOf(layout: SharedMemoryLayout, o: BatchedGemmOptions): readonly Chunk[] {
  const { total, loadA, loadB, gmemC0, gmemC1, rowMax } = layout;
  const epilogue = `${o.epilogueTileM}×${o.epilogueTileN} of the output`;
  const rows = o.transposeMmaOutput ? o.tileM : o.tileN;
  const stages = `${o.numStages} stage${o.numStages === 1 ? '' : 's'} of`;
  const chunks: readonly (Chunk | false)[] = [
    [loadA, 'A', `${stages} ${o.tileM}×${o.tileK} ${o.dtypeElt}`],
    [loadB, 'B', `${stages} ${o.tileN}×${o.tileK} ${o.dtypeElt}`],
    gmemC0 < total &&
      gmemC0 !== gmemC1 && [gmemC0, 'C', `${epilogue}${gmemC0 === loadA ? ', over A and B' : ''}`],
    gmemC1 < total && gmemC1 !== rowMax && [gmemC1, 'C, second', epilogue],
    rowMax < total && [rowMax, 'row maxima', `${rows} × Fp32`],
  ];
  return chunks.filter((chunk) => chunk !== false);
}
