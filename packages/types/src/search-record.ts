import { optionShapes } from './options.js';
import { optionRecordSlots } from './record.js';

/** A level of a search tree, in slots; the `f64` takes two. */
export const levelRecord = {
  /** Configurations below a node of this level. */
  leaves: 0,
  /** Offset of the option that the level gives a value, in bytes. */
  option: 2,
  /** Slots of that option: two for a list. */
  words: 3,
  /** Address of its values. */
  values: 4,
  /** How many rules, from the first on, can be judged on this level; 0 where they are as many as on the one before. */
  rules: 5,
  slots: 6,
} as const;

/** The search record, in slots: the tree's depth, the found positions, the configuration of a node, then the levels. */
export const searchRecord = { depth: 0, numFound: 1, node: 2, levels: 2 + optionRecordSlots } as const;

/** A level for each option, and the root. */
export const maxLevels = optionShapes.length + 1;
