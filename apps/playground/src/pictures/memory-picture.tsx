import {
  type BatchedGemmOptions,
  kibibytes,
  type RuleSetName,
  type SharedMemoryLayout,
  type TargetName,
  targets,
} from '@gemm-preflight/types';
import { useState } from 'react';
import { Figure, NumberTable, percent } from './figure.js';
import { type MemoryPart, memoryParts } from './shared-memory.js';

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
  const [hover, setHover] = useState<MemoryPart>();
  const limit = targets[target].sharedMemPerBlockOptin;
  const parts = memoryParts(options, layout, ruleSet);
  const { total } = layout;
  const whole = Math.max(limit, total);
  const title = ({ chunk, stage }: MemoryPart) => `${chunk}${stage === undefined ? '' : ` stage ${stage}`}`;
  const says = (part: MemoryPart) =>
    `${title(part)}: ${kibibytes(part.bytes)} at ${kibibytes(part.offset)}${part.over ? ', over A and B' : ''}`;
  return (
    <Figure
      title="Shared memory"
      says={
        total > limit ? (
          <>
            <strong>{kibibytes(total)}</strong> of {kibibytes(limit)}: {kibibytes(total - limit)} too much
          </>
        ) : (
          <>
            <strong>{kibibytes(total)}</strong> of {kibibytes(limit)}: {percent(total / limit)},{' '}
            {kibibytes(limit - total)} free
          </>
        )
      }
      table={() => (
        <NumberTable
          head={['Chunk', 'Offset', 'Size']}
          rows={[
            ...parts.map((part) => [
              `${title(part)}${part.over ? ' (over A and B)' : ''}`,
              kibibytes(part.offset),
              kibibytes(part.bytes),
            ]),
            ['Total', '', kibibytes(total)],
            ['Limit', '', kibibytes(limit)],
          ]}
        />
      )}
    >
      <svg
        className="memory-bar"
        viewBox={`0 0 ${whole} 10`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${kibibytes(total)} of ${kibibytes(limit)}`}
        onPointerLeave={() => setHover(undefined)}
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
            onPointerMove={() => setHover(part)}
          />
        ))}
        {total > limit && <rect className="beyond-area" x={limit} width={total - limit} height="10" />}
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
      <p className="hover-line">{hover ? says(hover) : 'Point at a chunk for its numbers.'}</p>
    </Figure>
  );
}
