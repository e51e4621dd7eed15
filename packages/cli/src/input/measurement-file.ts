import { whyNotMeasuredOn } from '@gemm-preflight/checker-wasm';
import {
  type MeasurementFile,
  measurementSchema,
  measurementVersion,
  type Target,
} from '@gemm-preflight/types';
import { UserError } from '../user-error.js';
import { shapedFrom } from './read-shaped.js';
import { readText } from './read-text.js';

/** Files of measurements may come from anybody: larger ones are refused. A time has about 200 bytes. */
const maxBytes = 64 * 2 ** 20;

const anyObject = { type: 'object' } as const;

/**
 * Reads a file of measured times.
 * @throws {UserError} when it cannot be read, is something else, or of another version
 */
export async function readMeasurements(path: string, cwd: string): Promise<MeasurementFile> {
  const text = await readText(path, cwd, maxBytes);
  // The version first: of another one, the shape says nothing.
  const { value } = await shapedFrom<{ readonly version?: unknown }>(text, path, anyObject, 'measurements');
  const { version } = value;
  if (Object.hasOwn(value, 'measurements') && version !== undefined && version !== measurementVersion) {
    throw new UserError(
      `${path} has measurements of version ${JSON.stringify(version)}; version ${measurementVersion} is read`,
    );
  }
  return (await shapedFrom<MeasurementFile>(text, path, measurementSchema, 'measurements')).value;
}

/**
 * Reads a file of times measured on a target.
 * @throws {UserError} as above, and when it is of another GPU
 */
export async function readMeasurementsOn(
  path: string,
  target: Target,
  cwd: string,
): Promise<MeasurementFile> {
  const file = await readMeasurements(path, cwd);
  const why = whyNotMeasuredOn(file, target);
  if (why !== undefined) throw new UserError(`${path} cannot rank kernels here: ${why}`);
  return file;
}
