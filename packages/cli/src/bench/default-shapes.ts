import type { Problem } from '@gemm-preflight/types';

/** A layer of experts: its two projections are what is measured. */
interface Layer {
  readonly name: string;
  readonly hidden: number;
  readonly intermediate: number;
  /** Experts that one GPU has. */
  readonly experts: number;
}

/** Layers of public models (their `config.json`), as one GPU has them: all experts of the first, an eighth of the second's. */
const layers: readonly Layer[] = [
  { name: 'Qwen3-30B-A3B', hidden: 2048, intermediate: 768, experts: 128 },
  { name: 'DeepSeek-V3', hidden: 7168, intermediate: 2048, experts: 32 },
];

/** From a decoding step of a few requests to a prefill. */
const tokensPerExpert = [1, 8, 64, 512] as const;

/** How the kernels of the catalogs can be fed: tokens along n or m, with a scale per tensor or DeepSeek's. */
const kinds = [false, true].flatMap((batchM) => [false, true].map((blockScale) => ({ batchM, blockScale })));

/** What is measured where no file says. Each shape stands in every kind that there are kernels for. */
export function defaultProblems(): readonly Problem[] {
  return layers.flatMap(({ name, hidden, intermediate, experts }) =>
    tokensPerExpert.flatMap((tokens) =>
      [
        { projection: 'gate and up', channels: 2 * intermediate, k: hidden },
        { projection: 'down', channels: hidden, k: intermediate },
      ].flatMap(({ projection, channels, k }) =>
        kinds.map(({ batchM, blockScale }): Problem => {
          const rows = tokens * experts;
          return {
            name: `${name}, ${projection}, ${tokens} tokens an expert`,
            batchM,
            transposeMmaOutput: !batchM,
            ...(batchM ? { m: rows, n: channels } : { m: channels, n: rows }),
            k,
            tokensPerBatch: Array<number>(experts).fill(tokens),
            ...{ dtypeElt: 'E4m3', dtypeC: 'Bfloat16', blockScale },
          };
        }),
      ),
    ),
  );
}
