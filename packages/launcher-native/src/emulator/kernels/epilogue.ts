import { maxFinite } from '../number-formats.js';
import { floatAt, setFloatAt } from './device-values.js';
import type { LaunchState } from './launch-state.js';
import { storeTile } from './mapped-matrix.js';

/** Channels of one token that share an output scale (DeepSeek FP8). */
const scaleBlock = 128;

/** The sums of one CTA's tile. */
export interface SumTile {
  /** First output channel. */
  readonly channel: number;
  readonly channels: number;
  /** First padded token. */
  readonly token: number;
  /** Tokens of the tile, and how many of them are the batch's own. */
  readonly tokens: number;
  readonly validTokens: number;
  /** The sum for a token of the tile and a channel of the tile. */
  readonly sum: (token: number, channel: number) => number;
}

/** The factor of all sums: `scaleC[0]`, 1 for a null pointer. DeepSeek's scales are in the sums already. */
export function outputScale({ kernel, memory, params }: LaunchState): number {
  const array = params.getPointer('ptrScaleC');
  return kernel.blockScale || array === 0n ? 1 : floatAt(memory, array, 0);
}

/** The tile as float32 values [tokens, channels]; zeros for padding. */
function toFloat32({ tokens, validTokens, channels, sum }: SumTile, scale: number): Float32Array {
  const values = new Float32Array(tokens * channels);
  for (let token = 0; token < validTokens; token++) {
    for (let channel = 0; channel < channels; channel++) {
      values[token * channels + channel] = Math.fround(sum(token, channel)) * scale;
    }
  }
  return values;
}

/**
 * Divides every 128 channels of every token by a scale that makes the largest of them 448, and writes the scales:
 * [channels / 128, padded tokens]. Where all are zero, padding included, the scale is 1: no division by zero, here or by a
 * reader who divides.
 */
function divideByScales({ memory, params, lookup }: LaunchState, tile: SumTile, values: Float32Array): void {
  const array = params.getPointer('ptrDqSfsC');
  const stride = lookup.totalNumPaddedTokens;
  const largest = maxFinite('E4m3');
  for (let token = 0; token < tile.tokens; token++) {
    for (let channel = 0; channel < tile.channels; channel += scaleBlock) {
      const from = token * tile.channels + channel;
      const part = values.subarray(from, from + scaleBlock);
      const max = part.reduce((sofar, value) => Math.max(sofar, Math.abs(value)), 0);
      const scale = max === 0 ? 1 : Math.fround(max / largest);
      for (let i = 0; i < part.length; i++) part[i] = (part[i] ?? 0) / scale;
      const row = Math.floor((tile.channel + channel) / scaleBlock);
      setFloatAt(memory, array, row * stride + tile.token + token, scale);
    }
  }
}

/**
 * Scales, rounds and stores a tile. Padding rows of the tile are written as zeros; what the output's tensor map does not
 * cover is not written.
 * @param scale - see `outputScale`.
 */
export function storeSums(state: LaunchState, tile: SumTile, scale: number): void {
  const { kernel, output } = state;
  const values = toFloat32(tile, scale);
  if (kernel.blockScale && kernel.dtypeC === 'E4m3') divideByScales(state, tile, values);
  const bytes = output.type.encode(values);
  storeTile(output, tile.token, tile.tokens, tile.channel, tile.channels, bytes);
}
