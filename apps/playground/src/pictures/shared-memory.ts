import {
  type BatchedGemmOptions,
  type RuleSetName,
  ruleSets,
  type SharedMemoryChunks,
  type SharedMemoryLayout,
} from '@gemm-preflight/types';

/** A part of shared memory. */
export interface MemoryPart {
  readonly chunk: 'A' | 'B' | 'C0' | 'C1' | SharedMemoryChunks['last'];
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
  const { loadA, loadB, gmemC0, gmemC1, rowMax } = layout;
  const chunks = ruleSets[ruleSet].sharedMemory(o);
  const parts: MemoryPart[] = [
    ...byStage('A', loadA, chunks.loadA, o.numStages),
    ...byStage('B', loadB, chunks.loadB, o.numStages),
    { chunk: 'C1', offset: gmemC1, bytes: chunks.gmemC1, over: false },
    { chunk: chunks.last, offset: rowMax, bytes: chunks.rowMax, over: false },
    { chunk: 'C0', offset: gmemC0, bytes: chunks.gmemC0, over: chunks.c0OverStages },
  ];
  return parts
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => Number(a.over) - Number(b.over) || a.offset - b.offset);
}

function byStage(chunk: 'A' | 'B', from: number, all: number, stages: number): readonly MemoryPart[] {
  if (!(stages > 1 && stages <= mostStagesShown)) return [{ chunk, offset: from, bytes: all, over: false }];
  const bytes = all / stages;
  return Array.from({ length: stages }, (_, i) => ({
    chunk,
    stage: i + 1,
    offset: from + i * bytes,
    bytes,
    over: false,
  }));
}
