import { type LaunchGeometry, resultRecord, type SharedMemoryLayout } from '@gemm-preflight/types';
import type { CheckerInstance } from './instance.js';

// What a result knows besides its diagnostics. Each number is read by itself: a view of them takes longer to make than to read.

function isKnown({ i32, resultSlot }: CheckerInstance, bit: number): boolean {
  return ((i32[resultSlot + resultRecord.known] ?? 0) & bit) !== 0;
}

export function readSharedMemory(instance: CheckerInstance): SharedMemoryLayout | null {
  if (!isKnown(instance, 1)) return null;
  const { f64, resultSlot } = instance;
  const at = (resultSlot + resultRecord.sharedMemory) >> 1;
  return {
    total: f64[at] ?? 0,
    loadA: 0,
    loadB: f64[at + 1] ?? 0,
    gmemC0: f64[at + 2] ?? 0,
    gmemC1: f64[at + 3] ?? 0,
    rowMax: f64[at + 4] ?? 0,
  };
}

export function readLaunch(instance: CheckerInstance): LaunchGeometry | null {
  if (!isKnown(instance, 2)) return null;
  const { f64, i32, resultSlot } = instance;
  const at = (resultSlot + resultRecord.grid) >> 1;
  const grid = { x: f64[at] ?? 0, y: f64[at + 1] ?? 0, z: f64[at + 2] ?? 0 };
  const persistentCtas = i32[resultSlot + resultRecord.persistentCtas] ?? 0;
  return persistentCtas > 0 ? { grid, persistentCtas } : { grid };
}
