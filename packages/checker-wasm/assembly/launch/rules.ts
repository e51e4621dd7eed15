import { listEntry } from '../engine/memory';
import { Options } from '../generated/options';
import { MAX_BATCHES, MAX_CTAS_ALONG_TOKENS } from '../generated/records';
import { ctasAlongTokens } from './geometry';

export function batchSizesNotNegative(o: Options): bool {
  const start = o.batchM != 0 ? o.batchedMStart : o.batchedNStart;
  const count = o.batchM != 0 ? o.batchedMCount : o.batchedNCount;
  for (let i = 0; i < count; i++) if (listEntry(start, i) < 0) return true;
  return false;
}

export function batchCapacity(o: Options): bool {
  return (o.batchM != 0 ? o.batchedMCount : o.batchedNCount) > MAX_BATCHES;
}

export function ctaTableCapacity(o: Options): bool {
  return (o.batchM != 0 ? o.tileM : o.tileN) > 0 && ctasAlongTokens(o) > MAX_CTAS_ALONG_TOKENS;
}
