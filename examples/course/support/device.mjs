import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { catalogUrls } from '@gemm-preflight/kernels';
import { Driver, emulatedDriver, targetOf } from '@gemm-preflight/launcher-native';
import { targets } from '@gemm-preflight/types';

/** @import { Context, Device } from '@gemm-preflight/launcher-native' */
/** @import { KernelCatalog, KernelInfo, Target } from '@gemm-preflight/types' */

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
 * What an example gets to work with.
 * @typedef {object} Opened
 * @property {Device} device
 * @property {Context} context of the device, in which everything lives
 * @property {Target} target what a check has to know of the device
 */

/**
 * Opens the device that `--device gpu` or `--device emulator` names, the default, and runs an example on it. Whatever the
 * example creates through the context is released with it.
 * @param {(opened: Opened) => void | Promise<void>} example
 */
export async function withDevice(example) {
  const { values } = parseArgs({ options: { device: { type: 'string', default: 'emulator' } } });
  const driver = values.device === 'gpu' ? Driver.cuda() : emulatedDriver({ target: targets.h100, kernels });
  const device = driver.device(0);
  const context = device.retainPrimaryContext();
  try {
    await example({ device, context, target: targetOf(device) });
  } finally {
    context.release();
  }
}
