import {
  type BatchedGemmOptions,
  dtypeNames,
  type OptionField,
  optionFields,
  optionRecordSlots,
} from '@gemm-preflight/types';
import fc from 'fast-check';
import { configurations } from './configurations.js';

// What the properties are held against.

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

/** Numbers at which rules change their mind. */
const edges = fc.constantFrom(
  ...[0, 1, 2, 3, 4, 7, 8, 15, 16, 24, 31, 32, 48, 63, 64, 65, 96, 127, 128, 129, 192, 256, 384, 512, 1000],
  ...[
    1024,
    1536,
    2048,
    2080,
    4096,
    7168,
    65_536,
    -1,
    -2,
    -128,
    2 ** 30,
    2 ** 31 - 128,
    2 ** 31 - 1,
    -(2 ** 31),
  ],
);

/** A 32-bit slot of a record: anything, but often a number that means something. */
export const rawSlot = fc.oneof(edges, int32, fc.nat(40));

/** A record of arbitrary bits. */
export const rawRecord = fc.array(rawSlot, { minLength: optionRecordSlots, maxLength: optionRecordSlots });

const size = fc.oneof(
  { weight: 6, arbitrary: edges },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 4096 }) },
  int32,
);
const tokens = fc.oneof({ weight: 8, arbitrary: fc.nat(600) }, fc.nat(100_000), int32);

/** A value of the right type for an option. */
function valueFor({ kind }: OptionField): fc.Arbitrary<unknown> {
  switch (kind) {
    case 'bool':
      return fc.boolean();
    case 'int':
      return size;
    case 'float':
      return fc.oneof(fc.constant(undefined), fc.float({ noNaN: true, noDefaultInfinity: true }));
    case 'dtype':
      return fc.constantFrom(...dtypeNames);
    case 'allReduceAlgo':
      return fc.constantFrom('None', 'OneShot', 'TwoShot');
    case 'splitKMode':
      return fc.constantFrom('None', 'Gmem', 'Dsmem');
    case 'intList':
      return fc.array(tokens, { maxLength: 20 });
  }
}

const oneChange = fc.oneof(
  ...optionFields.map((field) => fc.tuple(fc.constant(field.name), valueFor(field))),
);

function changed(
  base: BatchedGemmOptions,
  changes: readonly (readonly [string, unknown])[],
): BatchedGemmOptions {
  const given = Object.entries({ ...base, ...Object.fromEntries(changes) });
  return Object.fromEntries(
    given.filter(([, value]) => value !== undefined),
  ) as unknown as BatchedGemmOptions;
}

/** Options of the right types: a configuration that is right, with up to five options changed to anything. */
export const optionsNearValid: fc.Arbitrary<BatchedGemmOptions> = fc
  .tuple(fc.constantFrom(...Object.values(configurations)), fc.array(oneChange, { maxLength: 5 }))
  .map(([base, changes]) => changed(base, changes));

const power = (max: number) => fc.nat(max).map((exponent) => 2 ** exponent);

/**
 * Sizes that go together: most of these configurations have no error of the rule set, and many of those whose tiles are made of
 * instructions that exist have none at all.
 */
export const validOptions: fc.Arbitrary<BatchedGemmOptions> = fc
  .record({
    base: fc.constantFrom(...Object.values(configurations)),
    instructions: fc.boolean(),
    tileM: fc.oneof(power(7), fc.integer({ min: 1, max: 128 })),
    tileN: fc.oneof(power(8), fc.integer({ min: 1, max: 256 })),
    tileK: fc.constantFrom(64, 128, 256),
    halfM: fc.boolean(),
    halfN: fc.boolean(),
    tilesM: fc.integer({ min: 1, max: 64 }),
    tilesN: fc.integer({ min: 1, max: 64 }),
    tilesK: fc.integer({ min: 1, max: 16 }),
    numStages: fc.integer({ min: 1, max: 6 }),
    slices: fc.integer({ min: 1, max: 4 }),
    cluster: fc.boolean(),
    tokens: fc.array(fc.nat(600), { minLength: 1, maxLength: 20 }),
    projGateNumSplitKSlices: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ base, instructions, halfM, halfN, tilesM, tilesN, tilesK, slices, cluster, tokens, ...sizes }) => {
    const deepSeek = base.useDeepSeekFp8;
    const tileM = deepSeek || instructions ? 128 : sizes.tileM;
    const asked = instructions ? Math.max(32, 2 ** Math.round(Math.log2(sizes.tileN))) : sizes.tileN;
    const tileN = deepSeek || base.dtypeElt === 'E2m1' ? 128 : asked;
    const tileK = deepSeek ? 128 : base.dtypeElt === 'E2m1' ? 256 : sizes.tileK;
    const epilogueTileM = (halfM || deepSeek) && tileM % 2 === 0 ? tileM / 2 : tileM;
    const epilogueTileN = (halfN || deepSeek) && tileN % 2 === 0 ? tileN / 2 : tileN;
    return {
      ...base,
      ...sizes,
      tileM,
      tileN,
      tileK,
      epilogueTileM,
      epilogueTileN,
      mmaM: deepSeek || instructions ? 64 : 1,
      mmaN: deepSeek ? 64 : instructions ? 8 : 1,
      projGateNumSplitKSlices: sizes.projGateNumSplitKSlices * (cluster && instructions ? slices : 1),
      m: tileM * tilesM * 4,
      n: tileN * tilesN,
      k: tileK * slices * tilesK,
      numSlicesForSplitK: slices,
      clusterDimZ: cluster ? slices : 1,
      ...(base.batchM ? { batchedM: tokens } : { batchedN: tokens }),
    };
  });
