import type { Dim3, LaunchAttribute } from '@gemm-preflight/types';
import {
  launchAttributeLayout as attributeLayout,
  clusterSchedulingPolicies,
  launchConfigLayout as configLayout,
  launchAttributeIds,
  memAllocationTypes,
  memLocationTypes,
  memPoolPropsLayout,
} from './cuda-abi.js';

/** A `CUmemPoolProps`: memory of a device, not to be shared with other processes. `maxBytes` 0 leaves the limit to the driver. */
export function createMemPoolProps({ device, maxBytes }: { device: number; maxBytes: number }): Uint8Array {
  const bytes = new Uint8Array(memPoolPropsLayout.bytes);
  const view = viewOf(bytes);
  view.setUint32(memPoolPropsLayout.allocType, memAllocationTypes.PINNED, true);
  view.setUint32(memPoolPropsLayout['location.type'], memLocationTypes.DEVICE, true);
  view.setInt32(memPoolPropsLayout['location.id'], device, true);
  view.setBigUint64(memPoolPropsLayout.maxSize, BigInt(maxBytes), true);
  return bytes;
}

/** The fields of a `CUlaunchConfig` that are numbers; its pointer to the attributes belongs to `prepareLaunchKernelEx`. */
export interface LaunchConfigFields {
  readonly grid: Dim3;
  readonly block: Dim3;
  /** Dynamic shared memory in bytes. */
  readonly sharedMemBytes: number;
  /** 0n is the default stream. */
  readonly stream: bigint;
}

/** Where a launch finds its attributes. */
export interface LaunchAttributeArray {
  readonly address: bigint;
  readonly count: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function writeDim3(view: DataView, offset: number, { x, y, z }: Dim3): void {
  view.setUint32(offset, x, true);
  view.setUint32(offset + 4, y, true);
  view.setUint32(offset + 8, z, true);
}

function readDim3(view: DataView, offset: number): Dim3 {
  const extent = (i: number) => view.getUint32(offset + 4 * i, true);
  return { x: extent(0), y: extent(1), z: extent(2) };
}

/** A new `CUlaunchConfig` without attributes. */
export function createLaunchConfig(fields: LaunchConfigFields): Uint8Array {
  const bytes = new Uint8Array(configLayout.bytes);
  const view = viewOf(bytes);
  writeDim3(view, configLayout.gridDimX, fields.grid);
  writeDim3(view, configLayout.blockDimX, fields.block);
  view.setUint32(configLayout.sharedMemBytes, fields.sharedMemBytes, true);
  view.setBigUint64(configLayout.hStream, fields.stream, true);
  return bytes;
}

/** Changes the grid of a `CUlaunchConfig` in place. */
export function setLaunchGrid(config: Uint8Array, grid: Dim3): void {
  writeDim3(viewOf(config), configLayout.gridDimX, grid);
}

/** Changes the stream of a `CUlaunchConfig` in place. */
export function setLaunchStream(config: Uint8Array, stream: bigint): void {
  viewOf(config).setBigUint64(configLayout.hStream, stream, true);
}

/** Points a `CUlaunchConfig` at its attributes. */
export function setLaunchAttributes(config: Uint8Array, { address, count }: LaunchAttributeArray): void {
  const view = viewOf(config);
  view.setBigUint64(configLayout.attrs, address, true);
  view.setUint32(configLayout.numAttrs, count, true);
}

/** Reads what `createLaunchConfig` wrote. */
export function readLaunchConfig(config: Uint8Array): LaunchConfigFields {
  const view = viewOf(config);
  return {
    grid: readDim3(view, configLayout.gridDimX),
    block: readDim3(view, configLayout.blockDimX),
    sharedMemBytes: view.getUint32(configLayout.sharedMemBytes, true),
    stream: view.getBigUint64(configLayout.hStream, true),
  };
}

/** `CUlaunchAttribute`s one after the other, in the order given. */
export function createLaunchAttributes(attributes: readonly LaunchAttribute[]): Uint8Array {
  const bytes = new Uint8Array(attributes.length * attributeLayout.bytes);
  const view = viewOf(bytes);
  attributes.forEach((attribute, i) => {
    const start = i * attributeLayout.bytes;
    const { id, words } = encodeAttribute(attribute);
    view.setUint32(start + attributeLayout.id, id, true);
    words.forEach((word, j) => {
      view.setUint32(start + attributeLayout.value + 4 * j, word, true);
    });
  });
  return bytes;
}

function encodeAttribute(attribute: LaunchAttribute): { id: number; words: readonly number[] } {
  switch (attribute.id) {
    case 'clusterDimension': {
      const { x, y, z } = attribute.value;
      return { id: launchAttributeIds.CLUSTER_DIMENSION, words: [x, y, z] };
    }
    case 'clusterSchedulingPolicyPreference':
      return {
        id: launchAttributeIds.CLUSTER_SCHEDULING_POLICY_PREFERENCE,
        words: [clusterSchedulingPolicies.DEFAULT],
      };
    case 'programmaticStreamSerialization':
      return { id: launchAttributeIds.PROGRAMMATIC_STREAM_SERIALIZATION, words: [attribute.value ? 1 : 0] };
  }
}

/**
 * Reads what `createLaunchAttributes` wrote.
 *
 * @returns undefined when an attribute has an id that the launcher does not use
 */
export function readLaunchAttributes(attributes: Uint8Array): LaunchAttribute[] | undefined {
  const view = viewOf(attributes);
  const found: LaunchAttribute[] = [];
  const count = Math.floor(attributes.byteLength / attributeLayout.bytes);
  for (let i = 0; i < count; i += 1) {
    const attribute = readAttribute(view, i * attributeLayout.bytes);
    if (attribute === undefined) return undefined;
    found.push(attribute);
  }
  return found;
}

function readAttribute(view: DataView, start: number): LaunchAttribute | undefined {
  const value = start + attributeLayout.value;
  switch (view.getUint32(start + attributeLayout.id, true)) {
    case launchAttributeIds.CLUSTER_DIMENSION:
      return { id: 'clusterDimension', value: readDim3(view, value) };
    case launchAttributeIds.CLUSTER_SCHEDULING_POLICY_PREFERENCE:
      return { id: 'clusterSchedulingPolicyPreference', value: 'default' };
    case launchAttributeIds.PROGRAMMATIC_STREAM_SERIALIZATION:
      return { id: 'programmaticStreamSerialization', value: view.getInt32(value, true) !== 0 };
    default:
      return undefined;
  }
}
