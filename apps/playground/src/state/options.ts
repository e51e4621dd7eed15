import {
  type BatchedGemmOptions,
  type Fix,
  type JsonSchema,
  type OptionField,
  type OptionName,
  optionFields,
  optionsSchema,
} from '@gemm-preflight/types';

/**
 * Options as somebody is typing them: a number may still be text, and an option may be missing. The checker takes them as they
 * are, and says what is wrong.
 */
export type GivenOptions = Readonly<Record<string, unknown>>;

/** What the checker is given. It reads any value, and has a diagnostic for those that are no options. */
export function asOptions(given: GivenOptions): BatchedGemmOptions {
  return given as unknown as BatchedGemmOptions;
}

const properties = optionsSchema['properties'] as Readonly<Record<OptionName, JsonSchema>>;

/** The values that an option can have, where the schema lists them. */
export function choicesOf(name: OptionName): readonly string[] | undefined {
  return properties[name]['enum'] as readonly string[] | undefined;
}

/** A value for an option that nobody has set. */
function initialValue({ name, kind }: OptionField): unknown {
  const [choice] = choicesOf(name) ?? [];
  if (choice !== undefined) return choice;
  return kind === 'bool' ? false : kind === 'intList' ? [] : 1;
}

/** The down projection of DeepSeek-V3 for 16 of its experts: what the page begins with. */
const beginning: GivenOptions = {
  batchM: false,
  transposeMmaOutput: true,
  useDeepSeekFp8: true,
  routeAct: false,
  useShuffledMatrixA: false,
  tileM: 128,
  tileN: 8,
  tileK: 128,
  epilogueTileM: 64,
  epilogueTileN: 8,
  mmaM: 64,
  mmaN: 8,
  mmaK: 32,
  batchedM: [],
  batchedN: [3, 0, 8, 1, 12, 5, 0, 2, 7, 4, 1, 0, 6, 9, 2, 4],
  numTokens: 64,
  numBatches: 16,
  m: 7168,
  n: 64,
  k: 2048,
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
  dtypeAcc: 'Fp32',
  useTmaStore: true,
  numSlicesForSplitK: 1,
  clusterDimX: 1,
  clusterDimY: 1,
  clusterDimZ: 1,
  allReduceAlgo: 'None',
  splitK: 'None',
  numStages: 4,
  useFusedAct: false,
  gateUseClusterSplitK: false,
  projGateNumSplitKSlices: 1,
};

/** What the page begins with, every option of the vocabulary included. */
export const firstOptions: GivenOptions = Object.fromEntries(
  optionFields
    .filter(({ name, optional }) => !optional || beginning[name] !== undefined)
    .map((field) => [field.name, beginning[field.name] ?? initialValue(field)]),
);

/** What a fix sets, for {@link withChanges}; of an option that is set twice, the later value. */
export function valuesOf(changes: Fix['changes']): GivenOptions {
  return Object.fromEntries(changes.map(({ field, to }) => [field, to]));
}

/**
 * Options with some of them set anew. Undefined takes one away. Numbers beyond those that JSON has are kept as text, as links and
 * files could not hold them otherwise.
 */
export function withChanges(given: GivenOptions, changes: GivenOptions): GivenOptions {
  const entries = Object.entries({ ...given, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, keepable(value)]));
}

function keepable(value: unknown): unknown {
  if (!Array.isArray(value)) return finiteOrText(value);
  const isKept = value.every((one) => finiteOrText(one) === one);
  return isKept ? value : value.map(finiteOrText);
}

/** A number that JSON has, or the text of one that it has not. Other values stay as they are. */
export function finiteOrText(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** Whether two values of an option are the same. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}
