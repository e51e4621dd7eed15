import { checksum } from './launches.mjs';

function address(params) {
  return new DataView(params.buffer, params.byteOffset).getBigUint64(0, true);
}

/** The kernels of ffi-kernels.cu on the CPU; spinning is left out. */
export const emulatedFfiKernels = {
  ffi_checksum({ params, memory }) {
    const out = memory.view(address(params), 8);
    new DataView(out.buffer, out.byteOffset).setBigUint64(0, BigInt(checksum(params)), true);
  },
  ffi_increment({ params, memory }) {
    memory.view(address(params), 1)[0] += 1;
  },
  ffi_fault({ params, memory }) {
    memory.view(address(params), 8).fill(1);
  },
};
