import { type Target, type TargetName, targets } from './target.js';

/** What a GPU does a second. */
export type Rates = Pick<Target, 'memoryBandwidth' | 'tensorFlops'>;

const tera = 1e12;

/** @param terabytes of memory bandwidth @param bits16 teraflops, dense, for inputs of so many bits */
function rates(terabytes: number, bits16: number, bits8: number, bits4?: number): Required<Rates> {
  return {
    memoryBandwidth: terabytes * tera,
    tensorFlops: {
      bits16: bits16 * tera,
      bits8: bits8 * tera,
      ...(bits4 !== undefined && { bits4: bits4 * tera }),
    },
  };
}

/**
 * Rates are the published ones of each product, without sparsity, as public tables of them have it; none was measured. Tables
 * disagree on the B200's bandwidth (7.7 or 8 TB/s) and on the B300's FP8 and FP4 rates. They rank kernels, and nothing else; so they
 * stand apart from the presets, and a page that checks does not load them.
 */
const ratesOfPresets: Readonly<Record<TargetName, Rates>> = {
  h100: rates(3.35, 989, 1979),
  'h100-pcie': rates(2, 756, 1513),
  h200: rates(4.8, 989, 1979),
  h20: rates(4, 148, 296),
  gh200: rates(4, 990, 1979),
  b200: rates(8, 2250, 4500, 9000),
  gb200: rates(8, 2500, 5000, 10_000),
  b300: rates(8, 2250, 4500, 13_500),
  gb300: rates(8, 2500, 5000, 15_000),
};

/**
 * The published rates of a GPU by the name of its preset, or as its driver names it: `NVIDIA H100 80GB HBM3` with 132 SMs is the
 * preset h100. Empty for a product that no preset describes.
 */
export function publishedRates({ name, arch, numSms }: Pick<Target, 'name' | 'arch' | 'numSms'>): Rates {
  const words = name.toLowerCase().split(/[^a-z0-9]+/);
  const product = (Object.keys(targets) as TargetName[]).find(
    (preset) =>
      targets[preset].arch === arch &&
      targets[preset].numSms === numSms &&
      words.includes(preset.split('-')[0] ?? ''),
  );
  return product === undefined ? {} : ratesOfPresets[product];
}
