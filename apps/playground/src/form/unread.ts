import type { OptionName } from '@gemm-preflight/types';
import type { GivenOptions } from '../state/options.js';

/** What stands beside an option that decides nothing as the others are: what is read in its place, or when it would be. */
export function unreadReason(name: OptionName, options: GivenOptions): string | undefined {
  const batchM = options['batchM'] === true;
  const list = batchM ? 'batchedM' : 'batchedN';
  switch (name) {
    case 'batchedM':
    case 'batchedN':
      return name === list ? undefined : `batchM is ${batchM ? 'on' : 'off'}: ${list} is read`;
    case 'm':
    case 'n':
      return name === (batchM ? 'm' : 'n') ? `${list} is read; ${name} need only be positive` : undefined;
    case 'numBatches':
      return `counted from ${list}`;
    case 'numTokens':
      return options['routeAct'] === true ? undefined : 'read with routeAct only';
    default:
      return undefined;
  }
}
