import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { catalogUrls } from '@gemm-preflight/kernels';
import { openDevice } from '@gemm-preflight/launcher-native';

/** @import { DeviceChoice, OpenDevice } from '@gemm-preflight/launcher-native' */
/** @import { KernelCatalog, KernelInfo } from '@gemm-preflight/types' */

/** The kernels that come with Preflight, as their catalog describes them. */
export const kernels = /** @type {KernelCatalog} */ (JSON.parse(readFileSync(catalogUrls.preflight, 'utf8')))
  .kernels;

/**
 * The cubin of a kernel: its compiled code.
 * @param {KernelInfo} kernel
 */
export function cubinOf({ cubin = '' }) {
  return readFileSync(new URL(cubin, catalogUrls.preflight));
}

/**
 * Opens the device that `--device gpu` or `--device emulator` names, the default, and runs an example on it. Whatever the
 * example creates through the context is released with it.
 * @param {(opened: OpenDevice) => void | Promise<void>} example
 */
export async function withDevice(example) {
  const { values } = parseArgs({ options: { device: { type: 'string', default: 'emulator' } } });
  const choice = /** @type {DeviceChoice} */ (values.device);
  // From Node.js 24 on: using opened = openDevice(…)
  const opened = openDevice({ choice, kernels });
  try {
    await example(opened);
  } finally {
    opened.release();
  }
}
