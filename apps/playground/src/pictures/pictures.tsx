import { type CheckResult, type RuleSetName, type TargetName, targets } from '@gemm-preflight/types';
import { memo } from 'react';
import { GridPicture } from './grid-picture.js';
import { MemoryPicture } from './memory-picture.js';
import { outputGrid, wavesOfLaunch } from './output-grid.js';
import { TilePicture } from './tile-picture.js';
import { WavesPicture } from './waves-picture.js';

/** What a checked configuration looks like. What is wrong with it may leave nothing to draw. */
export const Pictures = memo(function Pictures({
  result,
  target,
}: {
  readonly result: CheckResult;
  readonly target: TargetName;
}) {
  if (result.diagnostics.some(({ rule }) => rule === 'invalid-input')) {
    return <p className="hint">There is nothing to draw of options that cannot be read.</p>;
  }
  const { options, sharedMemory, launch, ruleSet } = result;
  const grid = outputGrid(options);
  const waves = grid && wavesOfLaunch(grid, launch, targets[target].numSms);
  return (
    <div className="pictures">
      {grid && waves && <GridPicture grid={grid} waves={waves} />}
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
    </div>
  );
});
