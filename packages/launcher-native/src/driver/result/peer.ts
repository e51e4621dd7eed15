import type { DriverCalls } from '../sys/calls.js';
import { resultCodes } from '../sys/cuda-abi.js';
import { check } from './error.js';

/** Whether kernels on a device can be given access to the memory of another. */
export function canAccess(calls: DriverCalls, device: number, peer: number): boolean {
  const found = new Int32Array(1);
  const code = calls.cuDeviceCanAccessPeer(found, device, peer);
  check(calls, code, 'cuDeviceCanAccessPeer', { device, peer });
  return found[0] === 1;
}

/** Lets kernels in the current context reach the memory of another device's context. Doing it again is harmless. */
export function enableAccess(calls: DriverCalls, peer: bigint): void {
  const code = calls.cuCtxEnablePeerAccess(peer, 0);
  if (code === resultCodes.CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED) return;
  check(calls, code, 'cuCtxEnablePeerAccess', { peer });
}

/** A place in the memory of a context. */
export interface PeerAddress {
  readonly context: bigint;
  readonly address: bigint;
}

/** Copies between the memories of two contexts; on a stream, in its order. */
export function copy(
  calls: DriverCalls,
  target: PeerAddress,
  source: PeerAddress,
  bytes: number,
  stream?: bigint,
): void {
  const args = { target: target.address, source: source.address, bytes };
  const places = [target.address, target.context, source.address, source.context, bytes] as const;
  if (stream === undefined) check(calls, calls.cuMemcpyPeer(...places), 'cuMemcpyPeer', args);
  else check(calls, calls.cuMemcpyPeerAsync(...places, stream), 'cuMemcpyPeerAsync', { ...args, stream });
}
