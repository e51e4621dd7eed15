import type { Dim3, KernelInfo } from '@gemm-preflight/types';
import type { EmulatedLaunch } from '../options.js';
import { KernelFaultError } from './kernel-fault.js';
import type { LaunchState } from './launch-state.js';

/** The tiles of a launch, as numbers of them along the channels and along the tokens. */
export interface Work {
  readonly channels: number;
  readonly tokens: number;
}

/**
 * Whether a kernel's CTAs go on to further tiles: they then compute the same with whatever grid they get. In the other
 * families every CTA has one tile.
 */
export function isPersistent({ ruleSet }: KernelInfo): boolean {
  return ruleSet === 'hopper-native@1';
}

/**
 * The tiles that a launch works off. Kernels with a tile for each CTA get them from the grid; persistent ones count them:
 * along the tokens from the padded tokens, or where tables are in device memory from the number of CTAs there; along the
 * channels from nm.
 * @throws {KernelFaultError} when the grid or the cluster is not one that the kernel was compiled for
 */
export function workOf(state: LaunchState, launch: Pick<EmulatedLaunch, 'grid' | 'cluster'>): Work {
  const { kernel, roles, params, lookup } = state;
  if (!isPersistent(kernel)) return roles.ctas(launch.grid);
  const channels = Math.trunc(params.getI32('nm') / roles.weights.tile);
  checkCluster(kernel, launch, channels);
  const { numNonExitingCtas, totalNumPaddedTokens } = lookup;
  const counted = Number.isFinite(numNonExitingCtas)
    ? numNonExitingCtas
    : Math.trunc(totalNumPaddedTokens / roles.tokens.tile);
  return { channels, tokens: counted };
}

/**
 * The CTAs of a cluster share a tile of tokens (along x, each with channels of its own) or a whole tile (along z, each with a
 * slice of k). With others than were compiled in, they would wait for a neighbour that is not there.
 */
function checkCluster(
  kernel: KernelInfo,
  { grid, cluster }: Pick<EmulatedLaunch, 'grid' | 'cluster'>,
  channelTiles: number,
): void {
  const { functionName, clusterDimX = 1, numSlicesForSplitK: slices } = kernel;
  const compiled = { x: clusterDimX, y: 1, z: slices };
  if (!isSame(cluster, compiled)) {
    throw new KernelFaultError(
      `${functionName} works in clusters of ${words(compiled)} CTAs, launched with ${words(cluster)}`,
    );
  }
  if (grid.x % clusterDimX !== 0 || grid.y !== 1 || grid.z !== slices) {
    throw new KernelFaultError(
      `${functionName} takes grids of any multiple of ${clusterDimX} × 1 × ${slices} CTAs, launched with ${words(grid)}`,
    );
  }
  if (channelTiles % clusterDimX !== 0) {
    throw new KernelFaultError(
      `${channelTiles} tiles along the channels do not fill clusters of ${clusterDimX} CTAs`,
    );
  }
}

function isSame(a: Dim3, b: Dim3): boolean {
  return a.x === b.x && a.y === b.y && a.z === b.z;
}

function words({ x, y, z }: Dim3): string {
  return `${x} × ${y} × ${z}`;
}
