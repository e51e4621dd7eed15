import {
  type BatchedGemmOptions,
  type Dim3,
  dtypeBits,
  type SharedMemoryLayout,
} from '@gemm-preflight/types';

// The layout of shared memory and the launch geometry once more, word by word from the specification and with no eye
// on assembly/. Options are those after adjustment.

interface Chunk {
  readonly bytes: bigint;
  readonly alignment: bigint;
  /** Begins at offset 0 again, over the chunks before. */
  readonly startsOver?: boolean;
}

function chunksOf(o: BatchedGemmOptions): readonly Chunk[] {
  const bytes = (bits: number, ...factors: readonly number[]) =>
    factors.reduce((product, factor) => product * BigInt(factor), BigInt(bits)) / 8n;
  const elt = dtypeBits(o.dtypeElt);
  const dsmem = o.splitK === 'Dsmem';
  const staged = o.useTmaStore || dsmem;
  const t = dtypeBits(o.allReduceAlgo === 'TwoShot' || o.numSlicesForSplitK > 1 ? o.dtypeAcc : o.dtypeC);
  const mult = dsmem ? o.numSlicesForSplitK : 1;
  const c = staged ? bytes(t, mult, o.epilogueTileM, o.epilogueTileN) : 0n;
  const scaledTile = o.transposeMmaOutput ? o.tileM : o.tileN;
  return [
    { bytes: bytes(elt, o.numStages, o.tileM, o.tileK), alignment: 1024n },
    { bytes: bytes(elt, o.numStages, o.tileN, o.tileK), alignment: 1024n },
    { bytes: c, alignment: 1024n, startsOver: dsmem },
    { bytes: o.useDeepSeekFp8 ? c : 0n, alignment: 1024n },
    { bytes: BigInt(o.useDeepSeekFp8 ? scaledTile : 0) * 4n, alignment: 16n },
  ];
}

const roundUp = (value: bigint, alignment: bigint) => ((value + alignment - 1n) / alignment) * alignment;

/** The size of some chunks, one after the other. */
function sizeOf(chunks: readonly Chunk[]): bigint {
  let size = 0n;
  for (const { bytes, alignment, startsOver } of chunks) {
    const padded = roundUp(bytes, alignment);
    if (!startsOver) size += padded;
    else if (padded > size) size = padded;
  }
  return size;
}

export function referenceSharedMemory(options: BatchedGemmOptions): SharedMemoryLayout {
  const chunks = chunksOf(options);
  const offset = (i: number) => {
    const chunk = chunks[i];
    if (chunk === undefined || chunk.startsOver) return 0;
    return Number(roundUp(sizeOf(chunks.slice(0, i)), chunk.alignment));
  };
  return {
    total: Number(sizeOf(chunks)),
    loadA: offset(0),
    loadB: offset(1),
    gmemC0: offset(2),
    gmemC1: offset(3),
    rowMax: offset(4),
  };
}

/** The CTAs of the grid, counted tile by tile. */
export function referenceGrid(o: BatchedGemmOptions): Dim3 {
  const tiles = (extent: number, tile: number) => {
    let count = 0;
    for (let start = 0; start < extent; start += tile) count++;
    return count;
  };
  const along = (list: readonly number[], tile: number) =>
    list.reduce((sum, tokens) => sum + tiles(tokens, tile), 0);
  const z = o.projGateNumSplitKSlices;
  return o.batchM
    ? { x: along(o.batchedM, o.tileM), y: tiles(o.n, o.tileN), z }
    : { x: tiles(o.m, o.tileM), y: along(o.batchedN, o.tileN), z };
}
