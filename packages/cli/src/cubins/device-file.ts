import { resolve } from 'node:path';
import {
  CubinError,
  type CubinInfo,
  cubinLimits,
  type DeviceFile,
  type DeviceImage,
  findImages,
  readCubin,
  sha256Of,
} from '@gemm-preflight/launcher-native';
import { readBounded } from '../input/read-bounded.js';
import { cannotRead } from '../input/read-text.js';
import { UserError } from '../user-error.js';

/** Device code of a file, and if it is a cubin, what that says. */
export interface ReadImage extends DeviceImage {
  /** Of the bytes; undefined where they cannot be had. */
  readonly sha256: string | undefined;
  /** Undefined where it is no cubin, or cannot be read. */
  readonly cubin: CubinInfo | undefined;
}

/** A file with device code. */
export interface ReadFile extends Omit<DeviceFile, 'images'> {
  readonly path: string;
  readonly bytes: number;
  readonly images: readonly ReadImage[];
}

/**
 * Reads a cubin, a fatbin, or a C source with one of them as an array.
 * @throws {UserError} when it cannot be read, or is none of these. A damaged part of it is a `problem` of its image
 */
export async function readDeviceFile(path: string, cwd: string): Promise<ReadFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readBounded(resolve(cwd, path), cubinLimits.fileBytes);
  } catch (error) {
    throw error instanceof UserError ? error : cannotRead(path, error);
  }
  try {
    const { images, ...file } = findImages(bytes);
    return { ...file, path, bytes: bytes.length, images: images.map(readImage) };
  } catch (error) {
    if (error instanceof CubinError) throw new UserError(`${path}: ${error.message}`);
    throw error;
  }
}

function readImage(image: DeviceImage): ReadImage {
  const { kind, bytes } = image;
  const sha256 = bytes && sha256Of(bytes);
  if (kind !== 'cubin' || bytes === undefined) return { ...image, sha256, cubin: undefined };
  try {
    return { ...image, sha256, cubin: readCubin(bytes) };
  } catch (error) {
    if (!(error instanceof CubinError)) throw error;
    return { ...image, sha256, cubin: undefined, problem: error.message };
  }
}
