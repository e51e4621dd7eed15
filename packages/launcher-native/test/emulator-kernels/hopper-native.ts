import type { Dtype } from '@gemm-preflight/types';
import { deepSeek, type GemmSettings, type Persistent, perTensor } from './gemm-case.js';

// Members of the family hopper-native: persistent kernels for Hopper, with the tokens along either side of the tile.

/** What a member is told apart by. */
export interface Member {
  readonly batchMode: GemmSettings['batchMode'];
  readonly dtypeElt?: 'E4m3' | 'Bfloat16' | 'Fp16';
  readonly dtypeC?: Dtype;
  readonly blockScale?: boolean;
  readonly tokenTile?: number;
  /** Along x, with the tokens along m. */
  readonly clusterDimX?: 1 | 2;
  /** Along z, with the tokens along n. */
  readonly slices?: 1 | 2 | 4 | 8;
  readonly ctas?: number;
  readonly deviceTables?: boolean;
}

/**
 * The launch of a member, as the family defines it: 128 channels a tile; a stage of one 128-byte row of k; an epilogue that stores 64 rows
 * of the accumulator at a time, which are channels with the tokens along n, and tokens with them along m.
 */
export function hopperNative(member: Member, rest: Partial<GemmSettings> = {}): GemmSettings {
  const { batchMode, dtypeElt = 'E4m3', dtypeC = 'Bfloat16', blockScale = false } = member;
  const { clusterDimX = 1, slices = 1, deviceTables = false } = member;
  const tokenTile = member.tokenTile ?? (batchMode === 'batchM' ? 128 : 8);
  const persistent: Persistent = {
    ruleSet: 'hopper-native@1',
    ctas: member.ctas ?? 3 * clusterDimX,
    clusterDimX,
    slices,
    deviceTables,
  };
  return {
    ...(blockScale ? deepSeek : perTensor),
    batchMode,
    paramsAbi: deviceTables ? 'trtllm-gen/2' : 'trtllm-gen/1',
    tokenTile,
    tileK: dtypeElt === 'E4m3' ? 128 : 64,
    k: 512,
    dtypeElt,
    dtypeC,
    epilogueTile:
      batchMode === 'batchM' ? { channels: 128, tokens: 64 } : { channels: 64, tokens: tokenTile },
    persistent,
    ...(batchMode === 'batchM' && { tokens: [3, 0, 130, 1] }),
    ...rest,
  };
}
