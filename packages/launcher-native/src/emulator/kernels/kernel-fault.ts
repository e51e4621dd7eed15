/**
 * A launch that would hang, trap or compute nonsense on a GPU: no access to wrong memory, but parameters that the kernel
 * was not compiled for. A GPU says nothing of the cause; the message does.
 */
export class KernelFaultError extends Error {
  override readonly name = 'KernelFaultError';
}
