import { useState } from 'react';
import { count, Figure, NumberTable, percent } from './figure.js';
import type { Waves } from './output-grid.js';

const mostShown = 24;

/** Waves of CTAs over the SMs: the busiest SM sets the time, so a last wave of a few costs as much as a full one. */
export function WavesPicture({ waves }: { readonly waves: Waves }) {
  const [hover, setHover] = useState('');
  const { numSms, count: waveCount, last, persistent } = waves;
  const [who, what] = persistent ? ['CTAs', 'tiles'] : ['SMs', 'CTAs'];
  const all = Array.from({ length: Math.min(waveCount, mostShown) }, (_, i) => {
    const wave = waveCount > mostShown ? waveCount - mostShown + i + 1 : i + 1;
    return { wave, busy: wave === waveCount ? last : numSms };
  });
  const idle = (numSms - last) / numSms;
  const utilisation = ((waveCount - 1) * numSms + last) / (waveCount * numSms);
  const says = ({ wave, busy }: { readonly wave: number; readonly busy: number }) =>
    `wave ${count(wave)}: ${busy} ${what}, ${numSms - busy} of ${numSms} ${who} idle`;
  return (
    <Figure
      title="Waves over the SMs"
      says={
        <>
          <strong>
            {count(waveCount)} wave{waveCount === 1 ? '' : 's'}
          </strong>{' '}
          over {numSms} {persistent ? 'persistent CTAs, a tile each' : 'SMs, a CTA each'};{' '}
          {last === numSms
            ? 'the last one is full'
            : `the last has ${last} ${what}, and leaves ${percent(idle)} idle`}
          ; {percent(utilisation)} in use
        </>
      }
      table={() => (
        <NumberTable
          head={['Wave', persistent ? 'Tiles' : 'CTAs', `Idle ${who}`]}
          rows={[
            ...(waveCount > 1
              ? [[waveCount === 2 ? '1' : `1 to ${count(waveCount - 1)}, each`, numSms, 0] as const]
              : []),
            [count(waveCount), last, numSms - last],
          ]}
        />
      )}
    >
      {waveCount > mostShown && (
        <p className="hint">
          {count(waveCount - mostShown)} full waves, then these {mostShown}:
        </p>
      )}
      <svg
        className="waves-picture"
        viewBox={`0 0 ${numSms} ${all.length * 5}`}
        preserveAspectRatio="none"
        style={{ height: `${Math.max(28, all.length * 11)}px` }}
        role="img"
        aria-label={`${waveCount} waves over ${numSms} ${who}`}
        onPointerLeave={() => setHover('')}
      >
        {all.map((one, i) => (
          <g key={one.wave} onPointerMove={() => setHover(says(one))}>
            <rect className="free-area" y={i * 5} width={numSms} height="4" />
            <rect
              className={one.busy < numSms ? 'last-wave-bar' : 'wave-bar'}
              y={i * 5}
              width={one.busy}
              height="4"
            />
          </g>
        ))}
      </svg>
      <p className="hover-line">{hover || 'Point at a wave for its numbers.'}</p>
    </Figure>
  );
}
