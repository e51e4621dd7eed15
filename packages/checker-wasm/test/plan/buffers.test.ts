import type { BatchedGemmOptions, BufferRequirement } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { bufferRequirements } from '../../src/plan/buffers.js';
import { dsfp8, dsfp8BatchM, fp4, fp8, fp8BatchM } from '../configurations.js';

/** Bytes by buffer. */
const bytesOf = (o: BatchedGemmOptions, paddedTokens: number) =>
  Object.fromEntries(bufferRequirements(o, paddedTokens).map(({ buffer, bytes }) => [buffer, bytes]));

const requirement = (name: string, o: BatchedGemmOptions, paddedTokens: number): BufferRequirement => {
  const found = bufferRequirements(o, paddedTokens).find(({ buffer }) => buffer === name);
  if (found === undefined) throw new Error(`no ${name} is required`);
  return found;
};

const dsfp8Bf16: BatchedGemmOptions = { ...dsfp8, dtypeC: 'Bfloat16' };
const routed: BatchedGemmOptions = { ...dsfp8Bf16, routeAct: true };

describe('the buffers of a launch', () => {
  it('with a scale per tensor', () => {
    // 4 experts’ weights [1536, 2048], 40 padded tokens, E4m3 → Bfloat16
    expect(bytesOf(fp8, 40)).toEqual({
      a: 12_582_912, // 4 · 1536 · 2048
      b: 81_920, // 40 · 2048
      c: 122_880, // 40 · 1536 · 2
      scaleC: 4,
    });
  });

  it('with a scale per tensor, tokens along m', () => {
    // 2 experts’ weights [1536, 2048], 512 padded tokens
    expect(bytesOf(fp8BatchM, 512)).toEqual({
      b: 6_291_456, // 2 · 1536 · 2048
      a: 1_048_576, // 512 · 2048
      c: 1_572_864, // 512 · 1536 · 2
      scaleC: 4,
    });
  });

  it('with 16-bit inputs and a 32-bit output', () => {
    expect(bytesOf({ ...fp8, dtypeElt: 'Fp16', dtypeC: 'Fp32' }, 40)).toEqual({
      a: 25_165_824, // 4 · 1536 · 2048 · 2
      b: 163_840, // 40 · 2048 · 2
      c: 245_760, // 40 · 1536 · 4
      scaleC: 4,
    });
  });

  it('with DeepSeek scales', () => {
    // 4 experts’ weights [4096, 7168], 384 padded tokens, E4m3 → Bfloat16
    expect(bytesOf(dsfp8Bf16, 384)).toEqual({
      a: 117_440_512, // 4 · 4096 · 7168
      b: 2_752_512, // 384 · 7168
      c: 3_145_728, // 384 · 4096 · 2
      dqSfsA: 28_672, // 4 · 32 row blocks · 56 k-blocks · 4 bytes
      dqSfsB: 86_016, // 56 k-blocks · 384 · 4 bytes
    });
  });

  it('with DeepSeek scales and an E4m3 output, which has scales too', () => {
    expect(bytesOf(dsfp8, 384)).toEqual({
      a: 117_440_512,
      b: 2_752_512,
      c: 1_572_864, // 384 · 4096
      dqSfsA: 28_672,
      dqSfsB: 86_016,
      dqSfsC: 49_152, // 32 row blocks · 384 · 4 bytes
    });
  });

  it('with DeepSeek scales and an E4m3 output, tokens along m', () => {
    // 2 experts’ weights [1536, 2048], 512 padded tokens
    expect(bytesOf(dsfp8BatchM, 512)).toEqual({
      b: 6_291_456, // 2 · 1536 · 2048
      a: 1_048_576, // 512 · 2048
      c: 786_432, // 512 · 1536
      dqSfsB: 1536, // 2 · 12 row blocks · 16 k-blocks · 4 bytes
      dqSfsA: 32_768, // 16 k-blocks · 512 · 4 bytes
      dqSfsC: 24_576, // 12 row blocks · 512 · 4 bytes
    });
  });

  it('with routing: the unpermuted tokens and their scales in place of the padded ones', () => {
    // 30 tokens before routing
    expect(bytesOf(routed, 384)).toEqual({
      a: 117_440_512,
      tokens: 215_040, // 30 · 7168
      routeMap: 1536, // 384 · 4 bytes
      c: 3_145_728,
      dqSfsA: 28_672,
      dqSfsTokens: 6720, // 56 k-blocks · 30 · 4 bytes
    });
  });

  it('with routing and a scale per tensor', () => {
    expect(bytesOf({ ...fp8, routeAct: true }, 40)).toEqual({
      a: 12_582_912,
      tokens: 61_440, // 30 · 2048
      routeMap: 160, // 40 · 4 bytes
      c: 122_880,
      scaleC: 4,
    });
  });

  it('with routing, tokens along m', () => {
    const names = Object.keys(bytesOf({ ...dsfp8BatchM, routeAct: true }, 512));
    expect(names).toEqual(['b', 'tokens', 'routeMap', 'c', 'dqSfsB', 'dqSfsTokens', 'dqSfsC']);
  });

  it('of 4-bit inputs, with one scale for 16 of them', () => {
    // 4 experts’ weights [1536, 2048], 384 padded tokens, E2m1 → Bfloat16
    expect(bytesOf(fp4, 384)).toMatchObject({
      a: 6_291_456, // 4 · 1536 · 2048 / 2
      b: 393_216, // 384 · 2048 / 2
      c: 1_179_648, // 384 · 1536 · 2
      sfA: 786_432, // 48 blocks of 128 rows · 32 blocks of 64 elements · 512 bytes
      sfB: 49_152, // 3 · 32 · 512
    });
  });

  it('of 4-bit inputs, tokens along m', () => {
    const options: BatchedGemmOptions = { ...fp8BatchM, dtypeElt: 'E2m1' };
    expect(bytesOf(options, 512)).toMatchObject({
      sfA: 65_536, // 4 · 32 · 512
      sfB: 393_216, // 24 · 32 · 512
    });
  });

  it('of 4-bit inputs: scales fill whole blocks of 512 bytes', () => {
    expect(bytesOf({ ...fp4, k: 96 }, 130)).toMatchObject({ sfB: 2 * 2 * 512 });
  });

  it('of 4-bit inputs with routing: the scales of the unpermuted tokens', () => {
    // The parameter block has ptrSfTokens for them, which is set when routing.
    expect(Object.keys(bytesOf({ ...fp4, routeAct: true }, 384))).toContain('sfTokens');
  });

  it('has half the output after a fused activation', () => {
    expect(requirement('c', { ...fp8, useFusedAct: true }, 40).bytes).toBe(61_440);
  });
});

describe('a buffer', () => {
  const everyKind = [fp8, fp8BatchM, dsfp8, dsfp8BatchM, routed, fp4];

  it('is read, but for the output and its scales, which are written', () => {
    for (const options of everyKind) {
      for (const { buffer, access } of bufferRequirements(options, 384)) {
        expect(access, buffer).toBe(buffer === 'c' || buffer === 'dqSfsC' ? 'write' : 'read');
      }
    }
  });

  it('begins at a multiple of 16 bytes where it is read in bulk, of a float otherwise', () => {
    const mapped = ['a', 'b', 'c', 'sfA', 'sfB', 'tokens'];
    const scalesOf = (o: BatchedGemmOptions) => (o.batchM ? 'dqSfsA' : 'dqSfsB');
    for (const options of everyKind) {
      for (const { buffer, alignment } of bufferRequirements(options, 384)) {
        expect(alignment, buffer).toBe(mapped.includes(buffer) || buffer === scalesOf(options) ? 16 : 4);
      }
    }
  });

  it('can be left out only if it is the scale of the output', () => {
    for (const options of everyKind) {
      for (const { buffer, optional } of bufferRequirements(options, 384)) {
        expect(optional, buffer).toBe(buffer === 'scaleC');
      }
    }
  });

  it('is described by type, shape and layout', () => {
    expect(requirement('a', fp8, 40).description).toBe(
      'weights, batch after batch: E4m3 [6144, 2048], row-major',
    );
    expect(requirement('c', fp8, 40).description).toBe('output: Bfloat16 [40, 1536], row-major');
    expect(requirement('dqSfsA', dsfp8, 384).description).toBe('weight scales: f32 [128, 56], row-major');
    expect(requirement('dqSfsB', dsfp8, 384).description).toBe(
      'activation scales: f32 [56, 384], tokens contiguous',
    );
    expect(requirement('scaleC', fp8, 40).description).toBe('scale of the output: f32 [1]; null means 1');
  });

  it('is required once', () => {
    for (const options of everyKind) {
      const names = bufferRequirements(options, 384).map(({ buffer }) => buffer);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
