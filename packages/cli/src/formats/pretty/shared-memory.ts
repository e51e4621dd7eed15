import {
  type BatchedGemmOptions,
  type CheckResult,
  isRuleSetName,
  ruleSets,
  type SharedMemoryLayout,
  type Target,
} from '@gemm-preflight/types';
import { dim3, grouped, percent } from './numbers.js';
import { table } from './table.js';
import { indented } from './text.js';
import type { View } from './view.js';

/** The shared memory of a configuration, chunk by chunk. */
export function formatSharedMemory(
  layout: SharedMemoryLayout,
  { options, ruleSet }: Pick<CheckResult, 'options' | 'ruleSet'>,
  target: Target,
  view: View,
): string {
  const rows = chunksOf(layout, options, ruleSet).map(([offset, name, content]) => [
    grouped(offset),
    name,
    content,
  ]);
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
function chunksOf(layout: SharedMemoryLayout, o: BatchedGemmOptions, ruleSet: string): readonly Chunk[] {
  const { total, loadA, loadB, gmemC0, gmemC1, rowMax } = layout;
  const last = isRuleSetName(ruleSet) ? ruleSets[ruleSet].sharedMemory(o).last : 'row maxima';
  const ofWarpgroups = last === 'token scales';
  const epilogue = `${ofWarpgroups ? '2 × ' : ''}${o.epilogueTileM}×${o.epilogueTileN} of the output`;
  const overStages = `${ofWarpgroups ? `${o.tileM}×${o.tileN} sums` : epilogue}, over A and B`;
  const rows = ofWarpgroups ? o.numStages * o.tileN : o.transposeMmaOutput ? o.tileM : o.tileN;
  const stages = `${o.numStages} stage${o.numStages === 1 ? '' : 's'} of`;
  const chunks: readonly (Chunk | false)[] = [
    [loadA, 'A', `${stages} ${o.tileM}×${o.tileK} ${o.dtypeElt}`],
    [loadB, 'B', `${stages} ${o.tileN}×${o.tileK} ${o.dtypeElt}`],
    gmemC0 < total && gmemC0 !== gmemC1 && [gmemC0, 'C', gmemC0 === loadA ? overStages : epilogue],
    gmemC1 < total && gmemC1 !== rowMax && [gmemC1, 'C, second', epilogue],
    rowMax < total && [rowMax, last, `${rows} × Fp32`],
  ];
  return chunks.filter((chunk) => chunk !== false);
}
