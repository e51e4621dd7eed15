declare const brand: unique symbol;

/** An address in device memory, as kernels take it. Branded, so that no other bigint passes for one. */
export type DevicePointer = bigint & { readonly [brand]: 'DevicePointer' };

/** The null address. */
export const nullPointer = 0n as DevicePointer;

/** Marks a bigint as a device address: for addresses that come from outside, for example from another library. */
export function devicePointer(address: bigint): DevicePointer {
  return BigInt.asUintN(64, address) as DevicePointer;
}

/** The address `bytes` further on. */
export function offsetPointer(pointer: DevicePointer, bytes: number): DevicePointer {
  return devicePointer(pointer + BigInt(bytes));
}
