/**
 * What can be wrong in more than one rule's eyes: "tileM does not divide m" concerns the TMA store, the batched stage and
 * FP4 output. A check reports each cause once; a rule's message speaks of those that are news. The position is the bit in
 * the checker's records.
 */
export const causes = [
  'mSize',
  'nSize',
  'kSize',
  /** tileM does not divide m, as when m is smaller. */
  'mTile',
  'nTile',
  /** tileK does not divide k, or a slice of it. */
  'kTile',
  /** k does not divide into slices. */
  'kSlices',
  /** No multiple of a block of DeepSeek scales. */
  'mScales',
  'nScales',
  'kScales',
  /** Half a tile is no multiple of the epilogue tile; of the instruction. */
  'epilogueHalf',
  'mmaHalf',
  /** The number of slices is itself wrong. */
  'sliceCount',
  /** A GPU without tensor memory, for kernels that scale there. */
  'noTensorMemory',
] as const;

/** The name of a cause. */
export type CauseName = (typeof causes)[number];
