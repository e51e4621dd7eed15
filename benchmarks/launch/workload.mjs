// The launches that launch.mjs and host.mjs measure, those of a small batched FP8 GEMM: as a user makes them, with no driver call, and
// the driver calls without the rest.
import { optionsFor } from '@gemm-preflight/checker-wasm';
import { Device, loadKernel, prepare, sys } from '@gemm-preflight/launcher-native';

/** How many sets of buffers a round goes through in turn: one, a few whose blocks are kept, or more than that. */
export const setsOf = { same: 1, patched: 4, replaced: 64 };

const problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 256,
  n: 8,
  k: 256,
  tokensPerBatch: [3, 8],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
};
/** Sizes along k that first launches go round: each is another configuration. */
const ks = Array.from({ length: 20 }, (_, i) => 128 * (1 + i));
const largestK = 128 * ks.length;

/** Bytes of the buffers, which are large enough for every k. */
const bufferBytes = { a: 256 * 2 * largestK, b: 16 * largestK, c: 16 * 256 * 2, scaleC: 4 };

/**
 * The launches of a kernel. All that they allocate goes with the context.
 * @param {{ context: import('@gemm-preflight/launcher-native').Context, info: object, cubin: Uint8Array, target: object }} kernel
 */
export function workloadOf({ context, info, cubin, target }) {
  const stream = context.createStream();
  const loaded = loadKernel(context, info, cubin);
  const options = optionsFor(info, problem);
  const sets = Array.from({ length: setsOf.replaced }, () =>
    mapValues(bufferBytes, (bytes) => context.allocate(bytes)),
  );
  // Made when first asked for, so that a first launch can be the first of its process.
  const prepared = once(() => prepare(loaded, options, { target }));
  const bare = once(() => bareCalls(loaded, prepared().plan, sets, stream));
  const idle = once(() => idleTwin(context, { info, cubin, target, options, sets }));

  /** Nanoseconds of the host for so many of what `one` does, of which the GPU need not have done any by then. */
  function timed(one, mode, count) {
    const inTurn = setsOf[mode];
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) one(i % inTurn);
    const ns = Number(process.hrtime.bigint() - start);
    stream.synchronizeBlocking();
    return ns;
  }

  return {
    stream,
    sets,
    prepared,
    /** Prepared launches, as a user makes them. */
    full(mode, count) {
      const gemm = prepared();
      return timed((i) => gemm.launch(sets[i], stream), mode, count);
    },
    /** The same without the driver's launch: our JavaScript alone. */
    javascript: (mode, count) => timed(idle(), mode, count),
    /** Calls of cuLaunchKernelEx through koffi, with everything prepared and nothing around them. */
    bare: (mode, count) => timed(bare().launch, mode, count),
    /** Three calls of cuTensorMapReplaceAddress through koffi, which new buffers cost where a driver's addresses are not plain. */
    replace: (count) => timed(bare().replace, 'replaced', count),
    /** Microseconds of check, plan, pack and launch with other options, of a kernel that is loaded. */
    first(i) {
      const given = { ...options, k: ks[i % ks.length] };
      const buffers = { ...sets[i % sets.length] };
      const start = performance.now();
      prepare(loaded, given, { target }).launch(buffers, stream);
      const us = (performance.now() - start) * 1000;
      stream.synchronizeBlocking();
      return us;
    },
  };
}

/** The same kernel and buffers in a context whose launches are no call at all. */
function idleTwin({ calls }, { info, cubin, target, options, sets }) {
  const idle = new Device({ ...calls, prepareLaunchKernelEx: () => () => 0 }, 0).retainPrimaryContext();
  const stream = idle.createStream();
  const adopted = sets.map((set) =>
    mapValues(set, ({ address, byteLength }) => idle.adoptBuffer(address, byteLength)),
  );
  const prepared = prepare(loadKernel(idle, info, cubin), options, { target });
  return (i) => prepared.launch(adopted[i], stream);
}

/** Driver calls as C makes them: pointers resolved, and nothing looked at. */
function bareCalls({ context, kernel, info }, plan, sets, stream) {
  const { calls } = context;
  const { grid, block, sharedMemBytes, attributes } = plan;
  const blocks = Array.from({ length: setsOf.patched }, () => calls.allocateParams(info.paramsStructSize));
  const launches = blocks.map((params) =>
    calls.prepareLaunchKernelEx(
      sys.createLaunchConfig({ grid, block, sharedMemBytes, stream: stream.handle }),
      sys.createLaunchAttributes(attributes),
      kernel.handle,
      params,
    ),
  );
  const maps = calls.allocateParams(3 * 128);
  const replaces = plan.tensorMaps.map((spec, i) => {
    const map = maps.subarray(i * 128, (i + 1) * 128);
    context.encodeTensorMap({ ...spec, globalAddress: sets[0][spec.buffer].address }, map);
    return { call: calls.prepareTensorMapReplaceAddress(map), buffer: spec.buffer };
  });
  const addresses = sets.map((set) => replaces.map(({ buffer }) => set[buffer].address));
  const [first, second, third] = replaces.map(({ call }) => call);
  return {
    launch: (i) => launches[i % launches.length](),
    replace(i) {
      const [a, b, c] = addresses[i];
      first(a);
      second(b);
      third(c);
    },
  };
}

function once(make) {
  let made;
  return () => {
    made ??= make();
    return made;
  };
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}
