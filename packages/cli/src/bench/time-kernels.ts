import {
  type Context,
  type DeviceBuffer,
  type Event,
  type Graph,
  type LoadedKernel,
  PreparedGemm,
  type Stream,
} from '@gemm-preflight/launcher-native';
import type { LaunchPlan } from '@gemm-preflight/types';
import type { BufferSets } from './buffer-sets.js';
import { median } from './statistics.js';

/** A kernel to time. */
export interface LoadedPlan {
  readonly loaded: LoadedKernel;
  readonly plan: LaunchPlan;
}

/** How to time. */
export interface TimingSettings {
  /** Times that each kernel is measured. */
  readonly rounds: number;
  /** How long a measurement is to be at least, in microseconds: long against the resolution of events, half a microsecond. */
  readonly roundUs: number;
  readonly warmUps: number;
  /** Begin each measurement with a cold L2 cache. */
  readonly cold: boolean;
}

/** Microseconds of a launch: statistics over rounds, each of which is a mean over its launches. */
export interface Timing {
  readonly medianUs: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly rounds: number;
  readonly launchesPerRound: number;
}

/** Launches of one measurement at most. */
const mostLaunches = 1024;

/** What is written before each measurement, in bytes: it takes longer than it takes to enqueue what is measured. */
const leadInBytes = 128 * 2 ** 20;

/**
 * Times kernels of one problem against each other: round after round, each of them in turn and every round beginning with another,
 * so that clocks that rise or fall meet all alike. A measurement is a graph of many launches between two events. Each launch has the
 * next set of buffers, and before the first event something is written that is larger than the L2 cache.
 * @returns in the order of the kernels
 */
export async function timeKernels(
  kernels: readonly LoadedPlan[],
  context: Context,
  sets: BufferSets,
  { rounds, roundUs, warmUps, cold }: TimingSettings,
): Promise<readonly Timing[]> {
  using stream = context.createStream();
  using start = context.createEvent();
  using end = context.createEvent();
  const leadIn = cold ? leadInOf(context) : undefined;
  const clock: Clock = { stream, start, end, before: () => leadIn?.fill(0, { stream }) };
  const groups: Group[] = [];
  try {
    for (const kernel of kernels) groups.push(await groupOf(kernel, sets, clock, roundUs));
    const times = kernels.map((): number[] => []);
    for (let round = -warmUps; round < rounds; round++) {
      for (let turn = 0; turn < groups.length; turn++) {
        const i = (turn + round + warmUps) % groups.length;
        const group = groups[i];
        if (group === undefined) continue;
        const us = await measure(group.graph, group.launches, clock);
        if (round >= 0) times[i]?.push(us);
      }
    }
    return times.map((ofKernel, i) => ({
      medianUs: median(ofKernel),
      minUs: Math.min(...ofKernel),
      maxUs: Math.max(...ofKernel),
      rounds,
      launchesPerRound: groups[i]?.launches ?? 0,
    }));
  } finally {
    for (const { graph } of groups) graph.release();
    leadIn?.release();
  }
}

function leadInOf(context: Context): DeviceBuffer {
  return context.allocate(Math.min(leadInBytes, Math.floor(context.memoryInfo().freeBytes / 2)));
}

interface Clock {
  readonly stream: Stream;
  readonly start: Event;
  readonly end: Event;
  readonly before: () => void;
}

/** Launches that are measured as one. */
interface Group {
  readonly graph: Graph;
  readonly launches: number;
}

/** As many launches as a measurement takes, by the time of one through all sets. */
async function groupOf(
  { loaded, plan }: LoadedPlan,
  sets: BufferSets,
  clock: Clock,
  roundUs: number,
): Promise<Group> {
  const prepared = new PreparedGemm(loaded, plan);
  const buffers = sets.sets.map((_, i) => sets.of(plan, i));
  const capture = (launches: number): Graph =>
    clock.stream.capture(() => {
      for (let i = 0; i < launches; i++) prepared.launch(buffers[i % buffers.length] ?? {}, clock.stream);
    });
  const once = capture(buffers.length);
  try {
    await measure(once, buffers.length, clock);
    const us = await measure(once, buffers.length, clock);
    const times = Math.ceil(roundUs / Math.max(us, 0.1) / buffers.length);
    const launches = Math.max(1, Math.min(times, Math.floor(mostLaunches / buffers.length))) * buffers.length;
    return { graph: capture(launches), launches };
  } finally {
    once.release();
  }
}

async function measure(
  graph: Graph,
  launches: number,
  { stream, start, end, before }: Clock,
): Promise<number> {
  before();
  stream.record(start);
  graph.launch(stream);
  stream.record(end);
  await stream.synchronize();
  return (end.elapsedMsSince(start) * 1000) / launches;
}
