import type { EmulatedTensorMap } from '../../src/emulator/index.js';

/** A change to `validMap` about which the documentation is clear. */
export interface TensorMapCase {
  readonly what: string;
  /** Documented as refused, but taken by drivers we have met. */
  readonly acceptedByDrivers?: true;
  readonly allowed: boolean;
  readonly change: Partial<EmulatedTensorMap>;
}

export const validMap: EmulatedTensorMap;
export const tensorMapCases: readonly TensorMapCase[];
export const packedTensorMapCases: readonly TensorMapCase[];
export const undocumentedTensorMapCases: readonly Omit<TensorMapCase, 'allowed'>[];
