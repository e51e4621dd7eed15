import { useCallback, useEffect, useRef, useState } from 'react';
import type { MapRequest, OptionMap } from './map.js';
import type { MapAnswer, MapQuestion } from './worker.js';

/** Where a map stands. The last map stays until there is another. */
export interface MapState {
  readonly map?: OptionMap;
  readonly tookMs?: number;
  /** Share of the cells that are done, while the worker is at it. */
  readonly progress?: number;
  /** Why nothing of the map can run. */
  readonly explanation?: string | undefined;
  readonly fault?: string;
  readonly cancelled?: boolean;
}

/** The map of a request, made in a worker: at once, and anew when the request changes. */
export function useMap(request: MapRequest | undefined): readonly [MapState, cancel: () => void] {
  const [state, setState] = useState<MapState>({});
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

  useEffect(() => {
    if (request === undefined) return;
    worker.current ??= new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
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
    current.addEventListener('message', onMessage);
    setState(({ map }) => ({ ...(map && { map }), progress: 0 }));
    busy.current = true;
    current.postMessage({ id: question, request } satisfies MapQuestion);
    return () => {
      current.removeEventListener('message', onMessage);
      stop(false);
      setState(({ map }) => (map ? { map } : {}));
    };
  }, [request, stop]);

  const cancel = () => {
    stop(false);
    setState(({ map }) => ({ ...(map && { map }), cancelled: true }));
  };
  return [state, cancel];
}
