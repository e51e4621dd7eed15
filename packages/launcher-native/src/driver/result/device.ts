import type { DriverCalls } from '../sys/calls.js';
import { deviceAttributes } from '../sys/cuda-abi.js';
import { check } from './error.js';

/** A device attribute by the driver's name, without `CU_DEVICE_ATTRIBUTE_`. */
export type DeviceAttributeName = keyof typeof deviceAttributes;

/** Initialises the driver. Doing it again is harmless. */
export function init(calls: DriverCalls): void {
  check(calls, calls.cuInit(0), 'cuInit');
}

/** The newest CUDA version that the driver knows: 1000·major + 10·minor. */
export function driverVersion(calls: DriverCalls): number {
  const version = new Int32Array(1);
  check(calls, calls.cuDriverGetVersion(version), 'cuDriverGetVersion');
  return version[0] ?? 0;
}

/** How many devices there are. */
export function count(calls: DriverCalls): number {
  const found = new Int32Array(1);
  check(calls, calls.cuDeviceGetCount(found), 'cuDeviceGetCount');
  return found[0] ?? 0;
}

/** The handle of the device with an ordinal, which counts from 0. */
export function get(calls: DriverCalls, ordinal: number): number {
  const device = new Int32Array(1);
  check(calls, calls.cuDeviceGet(device, ordinal), 'cuDeviceGet', { ordinal });
  return device[0] ?? 0;
}

/** The product's name. */
export function name(calls: DriverCalls, device: number): string {
  const bytes = new Uint8Array(256);
  check(calls, calls.cuDeviceGetName(bytes, bytes.byteLength, device), 'cuDeviceGetName', { device });
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end === -1 ? bytes.byteLength : end));
}

/** The value of an attribute. */
export function attribute(calls: DriverCalls, device: number, attributeName: DeviceAttributeName): number {
  const value = new Int32Array(1);
  const code = calls.cuDeviceGetAttribute(value, deviceAttributes[attributeName], device);
  check(calls, code, 'cuDeviceGetAttribute', { attribute: attributeName, device });
  return value[0] ?? 0;
}

/** Bytes of device memory. */
export function totalMemory(calls: DriverCalls, device: number): number {
  const bytes = new BigUint64Array(1);
  check(calls, calls.cuDeviceTotalMem_v2(bytes, device), 'cuDeviceTotalMem_v2', { device });
  return Number(bytes[0]);
}
