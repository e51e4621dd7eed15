import { type CheckResult, type RuleSetName, type TargetName, targets } from '@gemm-preflight/types';
import { memo, useState } from 'react';
import { GridPicture } from './grid-picture.js';
import { MemoryPicture } from './memory-picture.js';
import { outputGrid, wavesOfLaunch } from './output-grid.js';
import { hasTileParts } from './tile-parts.js';
import { TilePicture } from './tile-picture.js';
import { WavesPicture } from './waves-picture.js';

/** What there is to draw of. */
interface Drawn {
  readonly result: CheckResult;
  readonly target: TargetName;
}

/**
 * What a checked configuration looks like. While somebody types there may be nothing to draw, a field being empty: then the last
 * pictures stay, and the column its height.
 */
export const Pictures = memo(function Pictures({ result, target }: Drawn) {
  const [last, setLast] = useState<Drawn>();
  const isDrawable = canBeDrawn(result);
  if (isDrawable && (last?.result !== result || last.target !== target)) setLast({ result, target });
  const drawn = isDrawable ? { result, target } : last;
  if (drawn === undefined)
    return <p className="hint">There is nothing to draw of options that cannot be read.</p>;
  return (
    <>
      {!isDrawable && (
        <p className="hint">
          There is nothing to draw of the options as they are. These pictures are of those before.
        </p>
      )}
      <div className="pictures" data-past={!isDrawable || undefined}>
        <AllPictures {...drawn} />
      </div>
    </>
  );
});

/** Whether the options could be read, and their sizes make tiles. That there are no tokens is no fault of sizes. */
function canBeDrawn({ diagnostics, options: o }: CheckResult): boolean {
  if (diagnostics.some(({ rule }) => rule === 'invalid-input') || !hasTileParts(o)) return false;
  const { batchM, batchedM, batchedN } = o;
  const hasTokens = (batchM ? batchedM : batchedN).some((tokens) => tokens !== 0);
  return !hasTokens || outputGrid(o) !== undefined;
}

const AllPictures = memo(function AllPictures({ result, target }: Drawn) {
  const { options, sharedMemory, launch, ruleSet } = result;
  const grid = outputGrid(options);
  const waves = grid && wavesOfLaunch(grid, launch, targets[target].numSms);
  return (
    <>
      {grid && waves ? (
        <GridPicture grid={grid} waves={waves} />
      ) : (
        <p className="hint">No expert has a token: there are no tiles, and nothing is launched.</p>
      )}
      <TilePicture options={options} />
      {sharedMemory && (
        <MemoryPicture
          options={options}
          layout={sharedMemory}
          ruleSet={ruleSet as RuleSetName}
          target={target}
        />
      )}
      {waves && <WavesPicture waves={waves} />}
    </>
  );
});
