import { RESULT, target } from '../engine/memory';
import { ResultAt } from '../generated/records';

/** The layout's total exceeds what one block of the target can opt in to. */
export function sharedMemoryLimit(): bool {
  return load<f64>(RESULT + ResultAt.SHARED_MEMORY) > <f64>target().sharedMemPerBlockOptin;
}
