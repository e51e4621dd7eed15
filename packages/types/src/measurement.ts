import type { Problem } from './problem.js';
import type { Arch } from './target.js';

/** The version of files of measurements. Another one means something else by the same fields. */
export const measurementVersion = 1;

/** What kernels took on one GPU: a file that `preflight bench` writes, and that selecting a kernel can rank by. */
export interface MeasurementFile {
  readonly $schema?: string;
  readonly version: typeof measurementVersion;
  readonly device: MeasuredDevice;
  /** When, in ISO 8601. */
  readonly measuredAt: string;
  readonly measurements: readonly ProblemMeasurement[];
}

/** What was measured on. */
export interface MeasuredDevice {
  /** Times of the emulator are those of a CPU, and say nothing of kernels. */
  readonly kind: 'gpu' | 'emulator';
  /** As its driver names it: `NVIDIA H100 80GB HBM3`. */
  readonly name: string;
  readonly arch: Arch;
  readonly numSms: number;
  /** The newest CUDA that the driver knows: `13.0`. */
  readonly cuda: string;
  /** The driver's own version, where the system tells it: `580.159.04`. */
  readonly driver?: string;
}

/** What kernels took for one problem. */
export interface ProblemMeasurement {
  /** With its `tokensPerBatch`. */
  readonly problem: Problem;
  readonly kernels: readonly KernelMeasurement[];
}

/** What one kernel took: microseconds of a launch, each a mean over the launches of one round. */
export interface KernelMeasurement {
  readonly functionName: string;
  /** Digest of the cubin that was measured: another build of the same name is another kernel. */
  readonly sha256?: string;
  readonly medianUs: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly rounds: number;
  readonly launchesPerRound: number;
}
