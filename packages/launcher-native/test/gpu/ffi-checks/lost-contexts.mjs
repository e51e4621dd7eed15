import assert from 'node:assert/strict';

/** What each kernel that fails ends in. */
const errors = {
  ffi_fault: ['CUDA_ERROR_ILLEGAL_ADDRESS', 700],
  ffi_trap: ['CUDA_ERROR_LAUNCH_FAILED', 719],
};

/** Breaks all contexts of its process for good. */
export const faultCheck = (kernelName) => ({
  name: 'a fault shows at the next synchronisation, names its launch, loses the context, and does not disturb releases',
  needsKernels: true,
  async run({ launcher, driver, device, context, kernel }) {
    const [name, code] = errors[kernelName];
    const params = driver.allocateParams(17_280);
    new DataView(params.buffer, params.byteOffset).setBigUint64(0, 0x10n, true);
    const [stream, buffer] = [context.createStream(), context.allocate(16)];
    const others = [context.createEvent(), context.allocatePinned(16), context.createMemoryPool()];
    others.push(stream.capture(() => buffer.fill(1, { stream })));
    const one = { x: 1, y: 1, z: 1 };
    kernel(kernelName).prepareLaunch({ grid: one, block: one, params, stream }).launch();
    await assert.rejects(stream.synchronize(), { name, code, isSticky: true, suspects: [kernelName] });
    assert.equal(context.lostBy.name, name);

    assert.throws(() => context.allocate(16), { name: 'ContextLostError' });
    assert.throws(() => stream.synchronizeBlocking(), { name: 'ContextLostError' });
    for (const resource of [buffer, stream, ...others]) resource.release();
    assert.throws(() => device.retainPrimaryContext(), { name: 'ContextLostError' });
    // What ContextLostError says of CUDA: the driver itself gives this process no other context.
    context.release();
    const out = new BigUint64Array(1);
    assert.equal(launcher.result.device.count(driver.calls) > 0, true);
    assert.equal(driver.calls.cuDevicePrimaryCtxRetain(out, device.ordinal), code);
  },
});

/** Faults in processes of their own. */
export const lostContextChecks = Object.keys(errors).map((kernelName) => ({
  name: `${kernelName} loses the GPUs for its own process, and for no other`,
  needsGpu: true,
  needsKernels: true,
  run({ context, runInChild }) {
    assert.match(runInChild(kernelName), /: as expected/);
    const buffer = context.allocate(16);
    buffer.fill(1);
    context.synchronizeBlocking();
    buffer.release();
  },
}));
