import type { Context, PreparedLaunch, Stream } from '../../src/driver/index.js';
import type { EmulatedKernel } from '../../src/emulator/index.js';
import { fakeCubin, fakeKernel } from './emulated.js';

// Two kernels for tests of the objects around launches. Their parameter: an address (8 bytes), a count (8 bytes).

const one = { x: 1, y: 1, z: 1 };

/** Adds 1 to so many bytes; where they are not allocated, that is an illegal access. */
const increment: EmulatedKernel = ({ params, memory }) => {
  const view = new DataView(params.buffer, params.byteOffset);
  const bytes = memory.view(view.getBigUint64(0, true), Number(view.getBigUint64(8, true)));
  for (const [i, byte] of bytes.entries()) bytes[i] = byte + 1;
};

/** Emulations by name. */
export const testKernels = { increment, idle: () => {} };

const cubin = fakeCubin({ arch: 'sm90a', kernels: [fakeKernel('increment'), fakeKernel('idle')] });

/** A parameter of both kernels. */
export function paramsOf(address: bigint, count: number): Uint8Array {
  const params = new Uint8Array(16);
  const view = new DataView(params.buffer);
  view.setBigUint64(0, address, true);
  view.setBigUint64(8, BigInt(count), true);
  return params;
}

/** A launch of one of them. */
export function prepare(
  context: Context,
  name: keyof typeof testKernels,
  { params = paramsOf(0n, 0), stream = context.defaultStream }: { params?: Uint8Array; stream?: Stream } = {},
): PreparedLaunch {
  return context.loadModule(cubin).getKernel(name).prepareLaunch({ grid: one, block: one, params, stream });
}
