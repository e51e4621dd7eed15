import { Options } from '../generated/options';
import { MAX_BATCHES } from '../generated/records';

export function batchCapacity(o: Options): bool {
  return (o.batchM != 0 ? o.batchedMCount : o.batchedNCount) > MAX_BATCHES;
}
