import type { DriverCalls } from '../sys/calls.js';
import {
  tensorMapDataTypes,
  tensorMapInterleaves,
  tensorMapL2Promotions,
  tensorMapLayout,
  tensorMapOobFills,
  tensorMapSwizzles,
} from '../sys/cuda-abi.js';

/** 32-bit words of a tensor map. */
export const tensorMapWords = tensorMapLayout.bytes / 4;

/** Every bit of the addresses that are patched is once 0 and once 1 in the first two; the others are the ends of their range. */
const probes = [0x2aaa_aaaa_aaa0n, 0x5555_5555_5540n, 0x20n, 0x7fff_ffff_ffe0n] as const;

/** What is patched without asking: multiples of this, which is the most that any kind of map demands, */
const patchedAlignment = 32;
/** … and below 2^47. In 32-bit words, the upper one. */
const patchedUpperEnd = 1 << 15;

const found = new WeakMap<DriverCalls, { readonly word: number | undefined }>();

/**
 * Where a driver's tensor maps hold their address, as the first of two 32-bit words; undefined where they do not hold it as a
 * plain 64-bit number.
 *
 * A `CUtensorMap` is opaque, so nothing is assumed: the driver itself encodes one map for four addresses, and the only thing
 * that may differ is one 64-bit word, which has to be the address each time. Asked once a driver; needs a current context.
 */
export function addressWordOf(calls: DriverCalls): number | undefined {
  let known = found.get(calls);
  if (known === undefined) {
    known = { word: probeAddressWord(calls) };
    found.set(calls, known);
  }
  return known.word;
}

function probeAddressWord(calls: DriverCalls): number | undefined {
  const maps: BigUint64Array[] = [];
  for (const address of probes) {
    const map = new BigUint64Array(tensorMapLayout.bytes / 8);
    if (encodeProbe(calls, address, new Uint8Array(map.buffer)) !== 0) return undefined;
    maps.push(map);
  }
  const words = [...(maps[0] ?? [])].flatMap((first, i) =>
    maps.every((map) => map[i] === first) ? [] : [i],
  );
  const [word] = words;
  const isAddress = word !== undefined && maps.every((map, i) => map[word] === probes[i]);
  return words.length === 1 && isAddress ? 2 * word : undefined;
}

function encodeProbe(calls: DriverCalls, address: bigint, target: Uint8Array): number {
  return calls.cuTensorMapEncodeTiled(
    target,
    tensorMapDataTypes.BFLOAT16,
    2,
    address,
    BigUint64Array.of(4096n, 1024n, 0n, 0n, 0n),
    BigUint64Array.of(8192n, 0n, 0n, 0n, 0n),
    Uint32Array.of(64, 128, 0, 0, 0),
    Uint32Array.of(1, 1, 0, 0, 0),
    tensorMapInterleaves.NONE,
    tensorMapSwizzles['128B'],
    tensorMapL2Promotions.L2_128B,
    tensorMapOobFills.NONE,
  );
}

// An address goes through these two words, so that patching makes no bigint.
const address64 = new BigUint64Array(1);
const address32 = new Uint32Array(address64.buffer);

/**
 * Writes an address into a tensor map.
 *
 * @param words of the map, 32 bits each
 * @returns false for an address that the driver may judge otherwise, by its alignment or size: the map is then as it was
 */
export function patchAddress(words: Uint32Array, at: number, address: bigint): boolean {
  address64[0] = address;
  const lower = address32[0] as number;
  const upper = address32[1] as number;
  if ((lower & (patchedAlignment - 1)) !== 0 || upper >= patchedUpperEnd || (lower | upper) === 0)
    return false;
  words[at] = lower;
  words[at + 1] = upper;
  return true;
}

/** Whether two maps are the same but for the address at a word, which is `from` in the one and `to` in the other. */
export function differInAddress(
  before: Uint32Array,
  after: Uint32Array,
  at: number,
  { from, to }: { readonly from: bigint; readonly to: bigint },
): boolean {
  return (
    holdsAddress(before, at, from) &&
    holdsAddress(after, at, to) &&
    before.every((word, i) => i === at || i === at + 1 || word === after[i])
  );
}

function holdsAddress(words: Uint32Array, at: number, address: bigint): boolean {
  address64[0] = address;
  return words[at] === address32[0] && words[at + 1] === address32[1];
}
