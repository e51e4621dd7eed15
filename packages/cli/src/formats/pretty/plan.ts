import type { LaunchAttribute, LaunchPlan } from '@gemm-preflight/types';
import { count } from '../summary.js';
import { bytes, dim3, grouped, percent } from './numbers.js';
import { table } from './table.js';
import { indented } from './text.js';
import type { View } from './view.js';

/** A launch plan in four tables: the launch, its tensor maps, its buffers, its CTAs along the tokens. */
export function formatPlan(plan: LaunchPlan, view: View): string {
  return [
    section('Launch', launchTable(plan, view), view),
    section('Tensor maps', tensorMapTable(plan, view), view),
    section('Buffers', bufferTable(plan, view), view),
    section('CTAs along the tokens', ctaTable(plan, view), view),
  ].join('\n');
}

function section(title: string, body: string, { paint }: View): string {
  return `${paint.bold(title)}\n${indented(body, '  ')}`;
}

/** Names and values, without heads. */
function pairs(rows: readonly (readonly [name: string, value: string])[], view: View): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${view.paint.dim(name.padEnd(width))}  ${value}\n`).join('');
}

function launchTable(plan: LaunchPlan, view: View): string {
  const { grid, block, sharedMemBytes, raiseSharedMemLimit, attributes, outputShape, flops } = plan;
  const limit = raiseSharedMemLimit ? ', above 48 KiB: the function’s limit is raised first' : '';
  return pairs(
    [
      ['grid', `${dim3(grid)} = ${count(grid.x * grid.y * grid.z, 'CTA')}`],
      ['block', `${dim3(block)} threads`],
      ['shared memory', `${grouped(sharedMemBytes)} bytes${limit}`],
      ...attributes.map((attribute) => [attributeNames[attribute.id], attributeValue(attribute)] as const),
      ['output', `${outputShape.map(grouped).join(' × ')}, padding included`],
      ['work', `${Number((flops / 1e9).toPrecision(3))} GFLOP, padding left out`],
    ],
    view,
  );
}

const attributeNames = {
  clusterDimension: 'cluster',
  clusterSchedulingPolicyPreference: 'cluster scheduling',
  programmaticStreamSerialization: 'programmatic launch',
} as const satisfies Record<LaunchAttribute['id'], string>;

function attributeValue(attribute: LaunchAttribute): string {
  switch (attribute.id) {
    case 'clusterDimension':
      return dim3(attribute.value);
    case 'clusterSchedulingPolicyPreference':
      return attribute.value;
    case 'programmaticStreamSerialization':
      return attribute.value ? 'on: may start before its predecessor in the stream ends' : 'off';
  }
}

function tensorMapTable({ tensorMaps }: LaunchPlan, view: View): string {
  const columns = ['map', 'buffer', 'type', 'extents', 'strides, bytes', 'box', 'swizzle'];
  return table(
    columns.map((head) => ({ head })),
    tensorMaps.map(({ map, buffer, dtype, globalDim, globalStrides, boxDim, swizzle }) => [
      map,
      buffer,
      dtype,
      globalDim.map(grouped).join(' × '),
      globalStrides.map(grouped).join(', '),
      boxDim.join(' × '),
      swizzle,
    ]),
    view,
  );
}

function bufferTable({ buffers }: LaunchPlan, view: View): string {
  return table(
    [
      { head: 'buffer' },
      { head: 'bytes', align: 'right' },
      { head: '', align: 'right' },
      { head: 'aligned', align: 'right' },
      { head: 'access' },
      { head: 'content' },
    ],
    buffers.map((buffer) => [
      buffer.buffer,
      grouped(buffer.bytes),
      buffer.bytes < 1024 ? '' : bytes(buffer.bytes),
      String(buffer.alignment),
      buffer.optional ? `${buffer.access}, optional` : buffer.access,
      buffer.description,
    ]),
    view,
  );
}

function ctaTable({ ctaTables, options: o }: LaunchPlan, view: View): string {
  const tokens = o.batchM ? o.batchedM : o.batchedN;
  const [tileName, tile] = o.batchM ? ['tileM', o.tileM] : ['tileN', o.tileN];
  const given = tokens.reduce((sum, batch) => sum + batch, 0);
  const { totalNumPaddedTokens: padded, ctaIdxXyToBatchIdx } = ctaTables;
  const empty = tokens.filter((batch) => batch === 0).length;
  return pairs(
    [
      [
        'CTAs',
        `${grouped(ctaIdxXyToBatchIdx.length)} of ${tileName} ${tile}, for ${count(tokens.length, 'batch', 'batches')}, ${grouped(empty)} of them empty`,
      ],
      ['tokens', `${grouped(given)}, padded to ${grouped(padded)} (${percent(1 - given / padded)} padding)`],
    ],
    view,
  );
}
