import { Options } from '../generated/options';
import { MAX_BATCHES } from '../generated/records';

// @ts-expect-error: decorator
@inline
export function batchCapacity(o: Options): bool {
  return select(o.batchedMCount, o.batchedNCount, o.batchM != 0) > MAX_BATCHES;
}
