import {
  type BatchedGemmOptions,
  type RuleSetName,
  ruleSets,
  type SharedMemoryLayout,
} from '@gemm-preflight/types';

/** A part of shared memory. */
export interface MemoryPart {
  readonly chunk: 'A' | 'B' | 'C0' | 'C1' | 'row maxima';
  /** Of A and B the pipeline stage, from 1. */
  readonly stage?: number;
  readonly offset: number;
  readonly bytes: number;
  /** It lies over A and B, which are done with by then. */
  readonly over: boolean;
}

const mostStagesShown = 64;

/** The parts of a layout, by their offsets: A and B by stages. What shares its place with A and B comes last. */
export function memoryParts(
  o: BatchedGemmOptions,
  layout: SharedMemoryLayout,
  ruleSet: RuleSetName,
): readonly MemoryPart[] {
  const { loadA, loadB, gmemC0, gmemC1, rowMax, total } = layout;
  const over = gmemC0 < loadB;
  const chunks = ruleSets[ruleSet].sharedMemory(o);
  const bytesOver = chunks.total === total ? chunks.gmemC0 : gmemC1;
  const endOfB = over ? Math.min(gmemC1, loadB + chunks.loadB) : gmemC0;
  const parts: MemoryPart[] = [
    ...byStage('A', loadA, loadB, o.numStages),
    ...byStage('B', loadB, endOfB, o.numStages),
    { chunk: 'C1', offset: gmemC1, bytes: rowMax - gmemC1, over: false },
    { chunk: 'row maxima', offset: rowMax, bytes: total - rowMax, over: false },
  ];
  const c0: MemoryPart = {
    chunk: 'C0',
    offset: gmemC0,
    bytes: over ? bytesOver : gmemC1 - gmemC0,
    over,
  };
  return [...parts, c0]
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => Number(a.over) - Number(b.over) || a.offset - b.offset);
}

function byStage(chunk: 'A' | 'B', from: number, to: number, stages: number): readonly MemoryPart[] {
  if (!(stages > 1 && stages <= mostStagesShown))
    return [{ chunk, offset: from, bytes: to - from, over: false }];
  const bytes = (to - from) / stages;
  return Array.from({ length: stages }, (_, i) => ({
    chunk,
    stage: i + 1,
    offset: from + i * bytes,
    bytes,
    over: false,
  }));
}
