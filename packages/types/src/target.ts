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
  /** Bytes a second of the device memory; default: those published of a product by this name, else estimates leave the memory out. */
  readonly memoryBandwidth?: number;
  /** What the tensor cores do; default: the same. */
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

function target(name: string, arch: Arch, smVersion: number, numSms: number): Target {
  return { name, arch, smVersion, numSms, sharedMemPerBlockOptin: optin227KiB };
}

/**
 * GPUs by name. SM counts are those of the products, not of the full dies. The H100's was read off a device; a launch takes
 * the count, like all else, from the device that it runs on. What they do a second is in {@link publishedRates}.
 */
export const targets = {
  h100: target('h100', 'sm90a', 90, 132),
  'h100-pcie': target('h100-pcie', 'sm90a', 90, 114),
  h200: target('h200', 'sm90a', 90, 132),
  h20: target('h20', 'sm90a', 90, 78),
  gh200: target('gh200', 'sm90a', 90, 132),
  b200: target('b200', 'sm100a', 100, 148),
  gb200: target('gb200', 'sm100a', 100, 152),
  b300: target('b300', 'sm103a', 103, 148),
  gb300: target('gb300', 'sm103a', 103, 152),
} as const satisfies Record<string, Target>;

/** The name of a preset. */
export type TargetName = keyof typeof targets;

/** The names of all presets. */
export const targetNames = Object.keys(targets) as readonly TargetName[];

/** Whether a value names a preset. */
export function isTargetName(value: unknown): value is TargetName {
  return typeof value === 'string' && Object.hasOwn(targets, value);
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
