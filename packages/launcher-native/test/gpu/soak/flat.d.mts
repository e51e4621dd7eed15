/** What was measured at a time. */
export interface Sample {
  readonly seconds: number;
  readonly launches: number;
  readonly heapBytes: number;
  readonly arrayBufferBytes: number;
  readonly rssBytes: number;
  readonly deviceBytes: number;
}

export type Bounds = Readonly<Record<'heapBytes' | 'arrayBufferBytes' | 'rssBytes' | 'deviceBytes', number>>;

export const bounds: Bounds;
export const head: string;
export function growths(samples: readonly Sample[], limits?: Bounds): string[];
export function formatSample(sample: Sample): string;
