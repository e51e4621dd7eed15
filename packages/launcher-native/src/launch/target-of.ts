import { type Arch, publishedRates, type Target } from '@gemm-preflight/types';
import type { Device } from '../driver/index.js';

const archs: Readonly<Record<number, Arch>> = { 90: 'sm90a', 100: 'sm100a', 103: 'sm103a' };

/** No kernel family of ours exists for a GPU. */
export class UnsupportedDeviceError extends Error {
  override readonly name = 'UnsupportedDeviceError';
}

/**
 * What the checker has to know of a device, read from its driver; with the rates that are published for the product.
 * @throws {UnsupportedDeviceError} for a GPU that is neither Hopper nor data-centre Blackwell.
 */
export function targetOf(device: Device): Target {
  const { smVersion, name, numSms, sharedMemPerBlockOptin } = device;
  const arch = archs[smVersion];
  if (arch === undefined) {
    const known = Object.keys(archs).map((version) => `sm${version}`);
    throw new UnsupportedDeviceError(`${name} is sm${smVersion}; there are kernels for ${known.join(', ')}`);
  }
  const read = { name, arch, smVersion, numSms, sharedMemPerBlockOptin };
  return { ...read, ...publishedRates(read) };
}
