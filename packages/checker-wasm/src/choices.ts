import { allReduceAlgos, dtypeNames, type OptionKind, splitKModes } from '@gemm-preflight/types';

/** The names that an option of each of these kinds chooses from; a record holds the position. */
const choices: Readonly<Partial<Record<OptionKind, readonly string[]>>> = {
  dtype: dtypeNames,
  allReduceAlgo: allReduceAlgos,
  splitKMode: splitKModes,
};

/** The names that an option of this kind chooses from, or undefined where it is no choice. */
export function choicesOf(kind: OptionKind): readonly string[] | undefined {
  return choices[kind];
}

/** The position of each name that an option of this kind chooses from; empty where it is no choice. */
export function positionsOf(kind: OptionKind): ReadonlyMap<unknown, number> {
  return new Map(choices[kind]?.map((name, i) => [name, i]));
}
