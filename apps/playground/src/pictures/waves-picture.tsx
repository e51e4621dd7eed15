import { useState } from 'react';
import { count, Figure, many, NumberTable, percent } from './figure.js';
import type { Waves } from './output-grid.js';
import { unlessTouched } from './pointed.js';

const mostShown = 24;

/** Waves of tiles over the SMs: the busiest SM sets the time, so a last wave of a few costs as much as a full one. */
export function WavesPicture({ waves }: { readonly waves: Waves }) {
  const [hover, setHover] = useState<number>();
  const { numSms, unusedSms, count: waveCount, last, persistent, cluster, tiles } = waves;
  const what = persistent ? 'tile' : 'CTA';
  const busyIn = (wave: number) => (wave === waveCount ? last : numSms);
  const shown = Math.min(waveCount, mostShown);
  const all = Array.from({ length: shown }, (_, i) => waveCount - shown + i + 1);
  const idle = (numSms - last) / numSms;
  const used = tiles / (waveCount * numSms);
  const says = (wave: number) =>
    `Wave ${count(wave)}: ${many(busyIn(wave), what)}, ${numSms - busyIn(wave)} of ${many(numSms, 'SM')} idle`;
  return (
    <Figure
      title="Waves over the SMs"
      says={
        <>
          <strong>{many(waveCount, 'wave')}</strong> over {many(numSms, 'SM')}
          {persistent && ', a persistent CTA on each'};{' '}
          {last === numSms
            ? 'the last one is full'
            : `the last has ${many(last, what)}, and leaves ${percent(idle)} idle`}
          ; over all waves, {percent(used)} are in use
        </>
      }
      table={() => (
        <NumberTable
          head={['Wave', persistent ? 'Tiles' : 'CTAs', 'Idle SMs', 'Idle']}
          rows={[
            ...(waveCount > 1
              ? [
                  [
                    waveCount === 2 ? '1' : `1 to ${count(waveCount - 1)}, each`,
                    numSms,
                    0,
                    percent(0),
                  ] as const,
                ]
              : []),
            [count(waveCount), last, numSms - last, percent(idle)],
            ['All', tiles, numSms - last, percent(1 - used)],
          ]}
        />
      )}
    >
      <p className="hint">
        Counted with one CTA at a time on an SM; where an SM holds several, they share its time.
        {unusedSms > 0 && ` No whole cluster of ${cluster} fits on ${many(unusedSms, 'more SM')}.`}
      </p>
      {waveCount > shown && (
        <p className="hint">
          {many(waveCount - shown, 'full wave')}, then these {shown}:
        </p>
      )}
      <svg
        className="waves-picture"
        viewBox={`0 0 ${numSms} ${all.length * 5}`}
        preserveAspectRatio="none"
        style={{ height: `${Math.max(28, all.length * 11)}px` }}
        role="img"
        aria-label={`${many(waveCount, 'wave')} over ${many(numSms, 'SM')}`}
        onPointerLeave={unlessTouched(() => setHover(undefined))}
      >
        {all.map((wave, i) => (
          <g key={wave} onPointerDown={() => setHover(wave)} onPointerMove={() => setHover(wave)}>
            <rect className="free-area" y={i * 5} width={numSms} height="5" />
            <rect
              className={busyIn(wave) < numSms ? 'last-wave-bar' : 'wave-bar'}
              y={i * 5 + 0.5}
              width={busyIn(wave)}
              height="4"
            />
          </g>
        ))}
      </svg>
      <ul className="legend">
        {(waveCount > 1 || last === numSms) && <li className="of-used">full wave</li>}
        {last < numSms && <li className="of-last-bar">last wave</li>}
        {last < numSms && <li className="of-free">idle</li>}
      </ul>
      <p className="hover-line">
        {hover !== undefined && hover <= waveCount ? says(hover) : 'Point at a wave for its numbers.'}
      </p>
    </Figure>
  );
}
