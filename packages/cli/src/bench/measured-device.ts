import { readFile } from 'node:fs/promises';
import type { OpenDevice } from '@gemm-preflight/launcher-native';
import { result } from '@gemm-preflight/launcher-native';
import type { MeasuredDevice } from '@gemm-preflight/types';

/** Where Linux tells the version of NVIDIA's kernel module. */
const versionFile = '/proc/driver/nvidia/version';

/** What a file of measurements says of a device. */
export async function measuredDevice({ kind, target, context }: OpenDevice): Promise<MeasuredDevice> {
  const { name, arch, numSms } = target;
  const version = result.device.driverVersion(context.calls);
  const cuda = `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
  const driver = kind === 'gpu' ? await moduleVersion() : undefined;
  return { kind, name, arch, numSms, cuda, ...(driver !== undefined && { driver }) };
}

/** The driver's version; undefined where nothing tells it. */
async function moduleVersion(): Promise<string | undefined> {
  const text = await readFile(versionFile, 'utf8').catch(() => '');
  return driverVersionIn(text);
}

/** `580.159.04` in what the system tells of the module. */
export function driverVersionIn(text: string): string | undefined {
  return /Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)/.exec(text)?.[1];
}
