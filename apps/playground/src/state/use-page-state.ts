import { type Dispatch, useCallback, useEffect, useReducer, useState } from 'react';
import { Address, type AddressFault } from './address.js';
import { type Action, advance, beginHistory, type History } from './history.js';
import type { PageState } from './state.js';

/**
 * The state, held in the address: a reload, a link, back and forward all lead to the same.
 * @param firstFault what was wrong with the address that the page was opened with
 */
export function usePageState(
  first: PageState,
  firstFault: string | undefined,
): readonly [
  history: History,
  dispatch: Dispatch<Action>,
  fault: AddressFault | undefined,
  /** Opens a link of this page, by its fragment. */
  open: (fragment: string) => void,
] {
  const [history, dispatch] = useReducer(advance, first, beginHistory);
  const [fault, setFault] = useState<AddressFault | undefined>(
    firstFault === undefined ? undefined : { kind: 'unreadable', message: firstFault },
  );
  const [address] = useState(
    () => new Address(first, (state) => dispatch({ type: 'load', state }), setFault),
  );
  useEffect(() => address.listen(), [address]);
  useEffect(() => address.hold(history.now, history.step), [address, history]);
  const open = useCallback((fragment: string) => void address.open(fragment), [address]);
  return [history, dispatch, fault, open];
}
