import { decode } from '../../src/emulator/number-formats.js';
import type { GemmCase } from './gemm-case.js';

/**
 * The sums before the output is scaled and rounded, from the plain arrays by the definition: for a padded token and a channel
 * of its expert, Σ over k of weight · activation (· both scales of their block of 128). Zero for padding.
 */
export function referenceSum(gemm: GemmCase, token: number, channel: number): number {
  const { settings, weights, activations, weightScales, activationScales, expertOf, absent } = gemm;
  const expert = expertOf[token] ?? -1;
  if (expert === -1 || absent.has(token)) return 0;
  const row = expert * settings.channels + channel;
  let sum = 0;
  for (let i = 0; i < settings.k; i++) {
    const scale = settings.blockScale
      ? weightScales.at(Math.floor(row / 128), Math.floor(i / 128)) *
        activationScales.at(Math.floor(i / 128), token)
      : 1;
    sum += weights.at(row, i) * activations.at(token, i) * scale;
  }
  return sum;
}

/** The reference for all padded tokens, rows first. */
export function referenceSums(gemm: GemmCase): number[][] {
  return gemm.expertOf.map((_, token) =>
    Array.from({ length: gemm.settings.channels }, (_channel, channel) => referenceSum(gemm, token, channel)),
  );
}

/** The output in device memory, decoded: padded tokens, channels. */
export function outputOf({ memory, addresses, settings, expertOf }: GemmCase): number[][] {
  const { channels, dtypeC } = settings;
  const size = dtypeC === 'E4m3' ? 1 : dtypeC === 'Fp32' ? 4 : 2;
  const bytes = memory.view(addresses.c ?? 0n, expertOf.length * channels * size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const element = (index: number): number => {
    if (dtypeC === 'Fp32') return view.getFloat32(index * 4, true);
    if (dtypeC === 'E4m3') return decode('E4m3', view.getUint8(index));
    return decode(dtypeC === 'Fp16' ? 'Fp16' : 'Bfloat16', view.getUint16(index * 2, true));
  };
  return expertOf.map((_, token) =>
    Array.from({ length: channels }, (_c, channel) => element(token * channels + channel)),
  );
}

/** The output scales in device memory: [channels / 128, padded tokens]. */
export function outputScalesOf({ memory, addresses, settings, expertOf }: GemmCase): number[][] {
  const blocks = settings.channels / 128;
  const bytes = memory.view(addresses.dqSfsC ?? 0n, blocks * expertOf.length * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: blocks }, (_, block) =>
    expertOf.map((_token, token) => view.getFloat32((block * expertOf.length + token) * 4, true)),
  );
}
