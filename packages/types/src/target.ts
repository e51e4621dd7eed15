/** A GPU architecture, named as compilers name it: `sm90a` for Hopper, `sm100a` for Blackwell. */
export type Arch = 'sm90a' | 'sm100a' | 'sm103a';

/** The compute capability that code for an architecture runs on, major · 10 + minor; NaN for a name that is none. */
export function smVersionOf(arch: string): number {
  return Number(/^sm(\d+)a$/.exec(arch)?.[1] ?? Number.NaN);
}

/** What the checker has to know of a GPU. */
export interface Target {
  /** Preset name, or a name of your own. */
  readonly name: string;
  readonly arch: Arch;
  /** Compute capability, major · 10 + minor: 90, 100, 103. */
  readonly smVersion: number;
  /** Streaming multiprocessors. */
  readonly numSms: number;
  /** Bytes of shared memory that one block can opt in to (`CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN`). */
  readonly sharedMemPerBlockOptin: number;
  /** Bytes a second of the device memory; without it, estimates leave the memory out. */
  readonly memoryBandwidth?: number;
  /** What the tensor cores do; without it, estimates leave them out. */
  readonly tensorFlops?: TensorFlops;
}

/** Dense operations a second of all tensor cores, a multiply-accumulate being two, by the width of the inputs. */
export interface TensorFlops {
  /** Bfloat16 and Fp16. */
  readonly bits16: number;
  /** E4m3, E5m2 and the 6-bit formats. */
  readonly bits8: number;
  /** E2m1; absent where the tensor cores do not know it. */
  readonly bits4?: number;
}

/** 227 KiB: an SM's 228 KiB less the 1 KiB that the system keeps per block (CUDA C++ programming guide, compute capabilities). */
const optin227KiB = 227 * 1024;

const tera = 1e12;

/** @param terabytes of memory bandwidth @param teraflops dense, for inputs of 16, 8 and 4 bits */
function target(
  name: string,
  arch: Arch,
  smVersion: number,
  numSms: number,
  terabytes: number,
  [bits16, bits8, bits4]: readonly [number, number, number?],
): Target {
  return {
    name,
    arch,
    smVersion,
    numSms,
    sharedMemPerBlockOptin: optin227KiB,
    memoryBandwidth: terabytes * tera,
    tensorFlops: {
      bits16: bits16 * tera,
      bits8: bits8 * tera,
      ...(bits4 !== undefined && { bits4: bits4 * tera }),
    },
  };
}

/**
 * GPUs by name. SM counts are those of the products, not of the full dies. The H100's was read off a device; a launch takes
 * the count, like all else, from the device that it runs on.
 *
 * Rates are the published ones of each product, without sparsity, as public tables of them have it; none was measured. Tables
 * disagree on the B200's bandwidth (7.7 or 8 TB/s) and on the B300's FP8 and FP4 rates. They rank kernels, and nothing else.
 */
export const targets = {
  h100: target('h100', 'sm90a', 90, 132, 3.35, [989, 1979]),
  'h100-pcie': target('h100-pcie', 'sm90a', 90, 114, 2, [756, 1513]),
  h200: target('h200', 'sm90a', 90, 132, 4.8, [989, 1979]),
  h20: target('h20', 'sm90a', 90, 78, 4, [148, 296]),
  gh200: target('gh200', 'sm90a', 90, 132, 4, [990, 1979]),
  b200: target('b200', 'sm100a', 100, 148, 8, [2250, 4500, 9000]),
  gb200: target('gb200', 'sm100a', 100, 152, 8, [2500, 5000, 10_000]),
  b300: target('b300', 'sm103a', 103, 148, 8, [2250, 4500, 13_500]),
  gb300: target('gb300', 'sm103a', 103, 152, 8, [2500, 5000, 15_000]),
} as const satisfies Record<string, Target>;

/** The name of a preset. */
export type TargetName = keyof typeof targets;

/** The names of all presets. */
export const targetNames = Object.keys(targets) as readonly TargetName[];

/** Whether a value names a preset. */
export function isTargetName(value: unknown): value is TargetName {
  return typeof value === 'string' && Object.hasOwn(targets, value);
}

/**
 * The published rates of a GPU as its driver names it: `NVIDIA H100 80GB HBM3` with 132 SMs is the preset h100. Empty for
 * a product that no preset describes.
 */
export function publishedRates({
  name,
  arch,
  numSms,
}: Pick<Target, 'name' | 'arch' | 'numSms'>): Pick<Target, 'memoryBandwidth' | 'tensorFlops'> {
  const words = name.toLowerCase().split(/[^a-z0-9]+/);
  const presets: readonly Target[] = Object.values(targets);
  const product = presets.find(
    (preset) =>
      preset.arch === arch && preset.numSms === numSms && words.includes(preset.name.split('-')[0] ?? ''),
  );
  if (product === undefined) return {};
  const { memoryBandwidth, tensorFlops } = product;
  return {
    ...(memoryBandwidth !== undefined && { memoryBandwidth }),
    ...(tensorFlops !== undefined && { tensorFlops }),
  };
}

/** Whether a GPU is of the Blackwell family, in the sense of the rule sets: sm100 and above. */
export function isBlackwell(target: Target): boolean {
  return target.smVersion >= 100;
}

/**
 * Whether a GPU has the tensor-core instructions of these kernels: wgmma, which is sm90's alone, or tcgen05, which sm10x and sm11x
 * have (PTX ISA, target ISA notes of wgmma.mma_async and tcgen05.mma). Consumer Blackwell, sm12x, has neither.
 */
export function hasKernelInstructions({ smVersion }: Pick<Target, 'smVersion'>): boolean {
  return smVersion === 90 || (smVersion >= 100 && smVersion < 120);
}

/**
 * Whether code built for `arch` runs on a target. Names that end in "a" are architecture-specific: they run on exactly
 * that compute capability, so sm100a code does not run on sm103 (CUDA C++ programming guide, architecture-specific features).
 */
export function runsOn(arch: string, target: Target): boolean {
  return arch === target.arch;
}
