import { useCallback, useEffect, useRef, useState } from 'react';
import type { MapRequest, OptionMap } from './map.js';
import { startWorker, workerIsGone } from './start-worker.js';
import type { MapAnswer, MapQuestion } from './worker.js';

/** Where a map stands. The last map stays until there is another. */
export interface MapState {
  readonly map?: OptionMap;
  readonly tookMs?: number;
  /** Share of the cells that are done, while the worker is at it. */
  readonly progress?: number;
  /** Why nothing of the map can run. */
  readonly explanation?: string | undefined;
  /** What is wrong with what was asked for. */
  readonly fault?: string;
  /** Why there is no map although nothing is wrong with what was asked for: it may go better another time. */
  readonly failed?: string;
  readonly cancelled?: boolean;
}

/** The map of a request, made in a worker: at once, and anew when the request changes. */
export function useMap(
  request: MapRequest | undefined,
): readonly [MapState, cancel: () => void, again: () => void] {
  const [state, setState] = useState<MapState>({});
  const [attempt, setAttempt] = useState(0);
  const worker = useRef<Worker>(undefined);
  const busy = useRef(false);
  const id = useRef(0);

  /** A worker that computes hears nothing, so it is ended rather than told; an idle one stays for the next map. */
  const stop = useCallback((always: boolean) => {
    if (!always && !busy.current) return;
    worker.current?.terminate();
    worker.current = undefined;
    busy.current = false;
  }, []);

  useEffect(() => () => stop(true), [stop]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks for the same once more
  useEffect(() => {
    if (request === undefined) return;
    worker.current ??= startWorker();
    const current = worker.current;
    const question = ++id.current;
    const total = request.x.values.length * request.y.values.length;
    const onMessage = ({ data }: MessageEvent<MapAnswer>) => {
      if (data.id !== question) return;
      if ('done' in data) setState(({ map }) => ({ ...(map && { map }), progress: data.done / total }));
      else if ('map' in data) setState({ map: data.map, tookMs: data.tookMs });
      else {
        busy.current = false;
        if ('fault' in data) setState({ fault: data.fault });
        else setState((before) => ({ ...before, explanation: data.explanation }));
      }
    };
    // It says why only where a script failed, not where none came.
    const onError = (event: Event) => {
      stop(true);
      const why = event instanceof ErrorEvent ? event.message : '';
      const failed = why === '' ? 'What makes the map could not be downloaded.' : `The map failed: ${why}.`;
      setState(({ map }) => ({ ...(map && { map }), failed }));
    };
    current.addEventListener('message', onMessage);
    current.addEventListener('error', onError);
    setState(({ map }) => ({ ...(map && { map }), progress: 0 }));
    busy.current = true;
    current.postMessage({ id: question, request } satisfies MapQuestion);
    return () => {
      current.removeEventListener('message', onMessage);
      current.removeEventListener('error', onError);
      stop(false);
      setState(({ map }) => (map ? { map } : {}));
    };
  }, [request, attempt, stop]);

  const cancel = () => {
    stop(false);
    setState(({ map }) => ({ ...(map && { map }), cancelled: true }));
  };
  const again = async () => {
    // The newer page has a worker, and what is here is in the address.
    if (state.failed !== undefined && (await workerIsGone())) location.reload();
    else setAttempt((before) => before + 1);
  };
  return [state, cancel, again];
}
