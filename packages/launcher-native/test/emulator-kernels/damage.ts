import { expect } from 'vitest';
import { IllegalAddressError } from '../../src/emulator/index.js';
import { emulateBatchedGemm, KernelFaultError } from '../../src/emulator/kernels/index.js';
import { decodeTensorMap, type EmulatedTensorMap, packTensorMap } from '../../src/emulator/tensor-map.js';
import { type CommonFields, type FieldsOfType, ParamsBlock, paramsLayouts } from '../../src/params/index.js';
import { type GemmCase, type GemmSettings, gemmCase } from './gemm-case.js';

type Block = ParamsBlock<CommonFields>;
/** Damages a parameter block. */
export type Damage = (block: Block) => void;

/** What a launch leaves behind: output and output scales, or the kind of error. */
export function outcome(gemm: GemmCase): Uint8Array | string {
  try {
    emulateBatchedGemm(gemm.kernel)(gemm.launch);
  } catch (error) {
    if (error instanceof IllegalAddressError || error instanceof KernelFaultError) return error.name;
    throw error;
  }
  const { memory, addresses, plan, settings } = gemm;
  const [rows, columns] = plan.outputShape;
  const size = { E4m3: 1, Bfloat16: 2, Fp16: 2, Fp32: 4 }[settings.dtypeC as 'E4m3'];
  const output = memory.view(addresses.c ?? 0n, rows * columns * size);
  if (settings.dtypeC !== 'E4m3' || addresses.dqSfsC === undefined) return output.slice();
  return Uint8Array.of(...output, ...memory.view(addresses.dqSfsC, (columns / 128) * rows * 4));
}

const correct = new Map<GemmSettings, Uint8Array | string>();

/** What the undamaged launch leaves behind. */
export function correctOutcome(settings: GemmSettings): Uint8Array | string {
  const known = correct.get(settings) ?? outcome(gemmCase(settings));
  correct.set(settings, known);
  return known;
}

function outcomeWith(settings: GemmSettings, damage: Damage): Uint8Array | string {
  const gemm = gemmCase(settings);
  damage(new ParamsBlock(paramsLayouts[settings.paramsAbi], gemm.launch.params));
  return outcome(gemm);
}

/** Expects that a damaged block leads to something else than the right one. */
export function expectNoticed(settings: GemmSettings, damage: Damage): void {
  expect(correctOutcome(settings)).toBeInstanceOf(Uint8Array);
  expect(outcomeWith(settings, damage)).not.toEqual(correctOutcome(settings));
}

/** A pointer some bytes further. */
export const elsewhere =
  (name: FieldsOfType<CommonFields, 'pointer'>, by: bigint): Damage =>
  (block) =>
    block.setPointer(name, block.getPointer(name) + by);

/** Another number. */
export const changed =
  (name: FieldsOfType<CommonFields, 'i32'>, change: (value: number) => number): Damage =>
  (block) =>
    block.setI32(name, change(block.getI32(name)));

/** Another entry of a table. */
export const changedEntry =
  (name: FieldsOfType<CommonFields, 'ctaTable'>, index: number, by: number): Damage =>
  (block) =>
    block.setCtaTable(
      name,
      block.getCtaTable(name).map((entry, i) => (i === index ? entry + by : entry)),
    );

/** Another tensor map. */
export const changedMap =
  (
    name: FieldsOfType<CommonFields, 'tensorMap'>,
    change: (map: EmulatedTensorMap) => Partial<EmulatedTensorMap>,
  ): Damage =>
  (block) => {
    const map = decodeTensorMap(block.getTensorMap(name));
    if (map === undefined) throw new Error(`${name} is not a map to begin with`);
    block.setTensorMap(name, packTensorMap({ ...map, ...change(map) }));
  };
