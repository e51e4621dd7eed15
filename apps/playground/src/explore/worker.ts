import { createChecker } from '@gemm-preflight/checker-wasm';
import { ruleSets } from '@gemm-preflight/types';
import { explainMap, type MapRequest, makeMap, type OptionMap } from './map.js';

/** What the page asks. Who does not want the answer any more ends the worker. */
export interface MapQuestion {
  readonly id: number;
  readonly request: MapRequest;
}

/** What the worker answers, in this order: how far it is, then the map or what is wrong, and why nothing can run. */
export type MapAnswer =
  | { readonly id: number; readonly done: number }
  | { readonly id: number; readonly map: OptionMap; readonly tookMs: number }
  | { readonly id: number; readonly explanation: string | undefined }
  | { readonly id: number; readonly fault: string };

const checker = createChecker(undefined, Object.values(ruleSets));

addEventListener('message', async ({ data: { id, request } }: MessageEvent<MapQuestion>) => {
  const answer = (message: MapAnswer) => postMessage(message);
  try {
    const ready = await checker;
    const start = performance.now();
    const steps = makeMap(ready, request);
    let step = steps.next();
    for (; !step.done; step = steps.next()) answer({ id, done: step.value });
    answer({ id, map: step.value, tookMs: performance.now() - start });
    answer({ id, explanation: explainMap(ready, step.value) });
  } catch (error) {
    answer({ id, fault: error instanceof Error ? error.message : String(error) });
  }
});
