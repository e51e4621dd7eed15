import {
  type BatchedGemmOptions,
  kibibytes,
  type RuleSetName,
  type SharedMemoryLayout,
  type TargetName,
  targets,
} from '@gemm-preflight/types';
import { useState } from 'react';
import { count, Figure, many, NumberTable, percent } from './figure.js';
import { unlessTouched } from './pointed.js';
import { type MemoryPart, memoryParts } from './shared-memory.js';
import { useSize } from './use-size.js';

/** Pixels between chunks; between small ones less, so that something of them is left. */
const widestGap = 2;

/** Shared memory of one CTA as a bar, by chunk and stage, against what the GPU gives to a block. */
export function MemoryPicture({
  options,
  layout,
  ruleSet,
  target,
}: {
  readonly options: BatchedGemmOptions;
  readonly layout: SharedMemoryLayout;
  readonly ruleSet: RuleSetName;
  readonly target: TargetName;
}) {
  const [hover, setHover] = useState<string>();
  const [ref, { width }] = useSize<SVGSVGElement>();
  const limit = targets[target].sharedMemPerBlockOptin;
  const parts = memoryParts(options, layout, ruleSet);
  const { total } = layout;
  const whole = Math.max(limit, total);
  const title = ({ chunk, stage }: MemoryPart) => `${chunk}${stage === undefined ? '' : ` stage ${stage}`}`;
  // Held by name: what is pointed at may be laid out anew.
  const pointed = parts.find((part) => title(part) === hover);
  const says = (part: MemoryPart) =>
    `${title(part)}: ${sizeOf(part.bytes)} from byte ${count(part.offset)}${part.over ? ', over A and B' : ''}`;
  return (
    <Figure
      title="Shared memory"
      says={
        total > limit ? (
          <>
            <strong>{sizeOf(total)}</strong> of {sizeOf(limit)}: {sizeOf(total - limit)} too much
          </>
        ) : (
          <>
            <strong>{sizeOf(total)}</strong> of {sizeOf(limit)}: {percent(total / limit)},{' '}
            {sizeOf(limit - total)} free
          </>
        )
      }
      table={() => (
        <NumberTable
          head={['Chunk', 'First byte', 'Bytes', 'Size']}
          rows={[
            ...parts.map((part) => [
              `${title(part)}${part.over ? ' (over A and B)' : ''}`,
              part.offset,
              part.bytes,
              kibibytes(part.bytes),
            ]),
            ['Total', '', total, kibibytes(total)],
            ['Limit', '', limit, kibibytes(limit)],
            total > limit
              ? ['Too much', limit, total - limit, kibibytes(total - limit)]
              : ['Free', total, limit - total, kibibytes(limit - total)],
          ]}
        />
      )}
    >
      <svg
        ref={ref}
        className="memory-bar"
        viewBox={`0 0 ${whole} 10`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${sizeOf(total)} of ${sizeOf(limit)}`}
        onPointerLeave={unlessTouched(() => setHover(undefined))}
      >
        <rect className="free-area" width={whole} height="10" />
        {parts.map((part) => (
          <rect
            key={title(part)}
            className={`chunk chunk-${part.chunk.replace(' ', '-')}`}
            x={part.offset}
            y={part.over ? 6 : 0}
            width={part.bytes}
            height={part.over ? 4 : 10}
            style={{ strokeWidth: Math.min(widestGap, ((part.bytes / whole) * width) / 4) }}
            onPointerDown={() => setHover(title(part))}
            onPointerMove={() => setHover(title(part))}
          />
        ))}
        {total > limit && <rect className="beyond-area" x={limit} width={total - limit} height="10" />}
        <path className="limit-edge" d={`M${limit} 0v10`} />
        <path className="limit-line" d={`M${limit} 0v10`} />
      </svg>
      <ul className="legend">
        {[...new Set(parts.map(({ chunk }) => chunk))].map((chunk) => (
          <li key={chunk} className={`of-${chunk.replace(' ', '-')}`}>
            {chunk}
          </li>
        ))}
        <li className="of-free">free</li>
        {total > limit && <li className="of-beyond">beyond the limit</li>}
      </ul>
      <p className="hover-line">{pointed ? says(pointed) : 'Point at a chunk for its numbers.'}</p>
    </Figure>
  );
}

/** Bytes as they are, and in the units that one compares. */
function sizeOf(bytes: number): string {
  return bytes < 1024 ? many(bytes, 'byte') : `${kibibytes(bytes)} (${many(bytes, 'byte')})`;
}
