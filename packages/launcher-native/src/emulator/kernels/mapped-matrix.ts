import type { DeviceMemory } from '../options.js';
import { decodeTensorMap, type EmulatedTensorMap } from '../tensor-map.js';
import type { ElementType } from './element-types.js';
import { KernelFaultError } from './kernel-fault.js';
import { fillRow, type Panel } from './panel.js';

/** A matrix in device memory behind a two-dimensional tensor map, accessed as the TMA does. */
export interface MappedMatrix {
  readonly memory: DeviceMemory;
  readonly type: ElementType;
  readonly address: bigint;
  /** Elements of a row. */
  readonly columns: number;
  readonly rows: number;
  /** Bytes from row to row. */
  readonly stride: number;
}

/** What a kernel was compiled to find in a tensor map, in elements. */
export interface ExpectedBox {
  readonly type: ElementType;
  readonly innerTile: number;
  readonly rowTile: number;
}

/** Bytes of the widest swizzle, and so of the widest box. */
const widestBoxBytes = 128;

function expectedSwizzle(innerTileBytes: number): EmulatedTensorMap['swizzle'] {
  if (innerTileBytes % 128 === 0) return '128B';
  return innerTileBytes % 64 === 0 ? '64B' : '32B';
}

/** What is different from the map that the kernel was compiled for, in words. */
function difference(map: EmulatedTensorMap, { type, innerTile, rowTile }: ExpectedBox): string | undefined {
  const box = [Math.min(widestBoxBytes / type.bytes, innerTile), rowTile];
  const swizzle = expectedSwizzle(innerTile * type.bytes);
  if (map.globalDim.length !== 2) return `has rank ${map.globalDim.length}, not 2`;
  if (map.dtype !== type.mapDtype) return `has elements of type ${map.dtype}, not ${type.mapDtype}`;
  if (map.boxDim[0] !== box[0] || map.boxDim[1] !== box[1]) {
    return `has boxes of ${map.boxDim.join(' × ')} elements, the kernel waits for ${box.join(' × ')}`;
  }
  if (map.swizzle !== swizzle) return `has swizzle ${map.swizzle}, the kernel undoes ${swizzle}`;
  if (map.interleave !== 'NONE') return `has interleave ${map.interleave}, not NONE`;
  if (map.elementStrides.some((stride) => stride !== 1))
    return `has element strides ${map.elementStrides.join(', ')}`;
  return undefined;
}

/**
 * Reads a tensor map out of a parameter block.
 * @param bytes - the map's 128 bytes.
 * @throws {KernelFaultError} when there is no map, or not the one that the kernel was compiled for.
 */
export function mappedMatrix(
  name: string,
  bytes: Uint8Array,
  expected: ExpectedBox,
  memory: DeviceMemory,
): MappedMatrix {
  const map = decodeTensorMap(bytes);
  if (map === undefined) throw new KernelFaultError(`${name} in the parameter block is not a tensor map`);
  const problem = difference(map, expected);
  if (problem !== undefined) throw new KernelFaultError(`${name} ${problem}`);
  const [columns = 0, rows = 0] = map.globalDim;
  const [stride = 0] = map.globalStrides;
  return { memory, type: expected.type, address: map.globalAddress, columns, rows, stride };
}

/** A part of a matrix that lies inside it: elements outside are read as zero and not written. */
interface Inside {
  readonly firstRow: number;
  readonly rows: number;
  readonly columns: number;
  /** The bytes from the part's first element to its last one. */
  readonly bytes: Uint8Array;
}

function inside(
  matrix: MappedMatrix,
  row: number,
  rows: number,
  column: number,
  columns: number,
): Inside | undefined {
  const { memory, type, address, stride } = matrix;
  const firstRow = Math.max(row, 0);
  const insideRows = Math.min(row + rows, matrix.rows) - firstRow;
  const insideColumns = Math.min(column + columns, matrix.columns) - column;
  if (insideRows <= 0 || insideColumns <= 0) return undefined;
  const length = (insideRows - 1) * stride + insideColumns * type.bytes;
  const start = address + BigInt(firstRow) * BigInt(stride) + BigInt(column * type.bytes);
  return { firstRow, rows: insideRows, columns: insideColumns, bytes: memory.view(start, length) };
}

/**
 * Loads the beginnings of consecutive rows into a panel. What lies outside of the matrix stays zero.
 * @param panelRow - where the first of them goes.
 * @throws {IllegalAddressError} when the map reaches outside of an allocation.
 */
export function loadRows(
  matrix: MappedMatrix,
  row: number,
  rows: number,
  columns: number,
  panel: Panel,
  panelRow: number,
): void {
  const part = inside(matrix, row, rows, 0, columns);
  if (part === undefined) return;
  for (let i = 0; i < part.rows; i++) {
    fillRow(
      panel,
      panelRow + part.firstRow - row + i,
      matrix.type,
      part.bytes,
      i * matrix.stride,
      part.columns,
    );
  }
}

/**
 * Stores a tile. What lies outside of the matrix is left out.
 * @param tile - `rows` rows of `columns` elements, as they lie in memory.
 * @throws {IllegalAddressError} when the map reaches outside of an allocation.
 */
export function storeTile(
  matrix: MappedMatrix,
  row: number,
  rows: number,
  column: number,
  columns: number,
  tile: Uint8Array,
): void {
  const part = inside(matrix, row, rows, column, columns);
  if (part === undefined) return;
  const size = matrix.type.bytes;
  for (let i = 0; i < part.rows; i++) {
    const from = (part.firstRow - row + i) * columns * size;
    part.bytes.set(tile.subarray(from, from + part.columns * size), i * matrix.stride);
  }
}
