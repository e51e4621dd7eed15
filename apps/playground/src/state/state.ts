import {
  defaultRuleSet,
  isRuleSetName,
  isTargetName,
  type OptionName,
  optionNames,
  type RuleSetName,
  ruleSetNames,
  type TargetName,
  targetNames,
} from '@gemm-preflight/types';
import { firstOptions, type GivenOptions } from './options.js';

/** The pages of the page. */
export const views = ['check', 'explore', 'compare', 'kernels', 'exchange'] as const;
/** One of {@link views}. */
export type View = (typeof views)[number];

/** What is checked, and what it is compared with: all that undo takes back. */
export interface Work {
  readonly options: GivenOptions;
  readonly target: TargetName;
  readonly ruleSet: RuleSetName;
  /** Configurations kept beside the current one, at most {@link mostPinned}. */
  readonly pinned: readonly Pinned[];
}

/** A configuration kept for comparison. */
export interface Pinned {
  readonly label: string;
  readonly options: GivenOptions;
  readonly target: TargetName;
  readonly ruleSet: RuleSetName;
}

/** As long as a filter of the kernels may be. */
export const mostOfFilter = 500;

/** Four configurations side by side, one of them the current. */
export const mostPinned = 3;

/** One axis of the map: an option, and the numbers that it takes. An option with choices takes all of them. */
export interface Axis {
  readonly name: OptionName;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** What the map is coloured by. */
export const mapColours = ['rule', 'padding'] as const;

/** The map of two options. */
export interface Explore {
  readonly x: Axis;
  readonly y: Axis;
  readonly colour: (typeof mapColours)[number];
}

/** Which kernels are shown: by whether they fit the problem. */
export const kernelFits = ['all', 'fit', 'do not fit'] as const;

/** What is shown of the kernels. */
export interface KernelsShown {
  readonly filter: string;
  readonly fits: (typeof kernelFits)[number];
  /** Of how many kernels the catalog is that was brought in place of the built-in one. The kernels are not part of a state. */
  readonly brought: number | null;
}

/** The whole state: what a link holds. */
export interface PageState extends Work {
  readonly view: View;
  readonly explore: Explore;
  readonly kernels: KernelsShown;
}

/** What the page begins with. */
export const firstState: PageState = {
  options: firstOptions,
  target: 'b200',
  ruleSet: defaultRuleSet,
  pinned: [],
  view: 'check',
  explore: {
    x: { name: 'tileN', from: 8, to: 256, step: 8 },
    y: { name: 'numStages', from: 1, to: 16, step: 1 },
    colour: 'rule',
  },
  kernels: { filter: '', fits: 'all', brought: null },
};

/**
 * A state, once it is one. Of how something is shown, what cannot be is as it is at the beginning.
 * @throws {TypeError} in one line, for anything else
 */
export function readState(value: unknown): PageState {
  const given = object(value, 'the state');
  const pinned = given['pinned'] ?? [];
  if (!Array.isArray(pinned) || pinned.length > mostPinned) {
    throw new TypeError(`pinned holds up to ${mostPinned} configurations`);
  }
  return {
    ...readConfiguration(given),
    pinned: pinned.map((one: unknown, i) => {
      const each = object(one, `pinned[${i}]`);
      return { label: text(each['label'], `pinned[${i}].label`), ...readConfiguration(each) };
    }),
    view: oneOf(views, given['view'] ?? 'check', 'view'),
    explore: readExplore(given['explore']),
    kernels: readKernelsShown(given['kernels']),
  };
}

function readExplore(value: unknown): Explore {
  const { x, y, colour } = isObject(value) ? value : {};
  return {
    x: readAxis(x, firstState.explore.x),
    y: readAxis(y, firstState.explore.y),
    colour: mapColours.find((known) => known === colour) ?? firstState.explore.colour,
  };
}

function readKernelsShown(value: unknown): KernelsShown {
  const { filter, fits, brought } = isObject(value) ? value : {};
  return {
    filter: typeof filter === 'string' ? filter.slice(0, mostOfFilter) : '',
    fits: kernelFits.find((known) => known === fits) ?? 'all',
    brought: typeof brought === 'number' && Number.isSafeInteger(brought) && brought >= 0 ? brought : null,
  };
}

function readConfiguration(given: GivenOptions): Pick<Work, 'options' | 'target' | 'ruleSet'> {
  const { target, ruleSet } = given;
  if (!isTargetName(target)) throw new TypeError(unknown('target', target, targetNames));
  if (!isRuleSetName(ruleSet)) throw new TypeError(unknown('rule set', ruleSet, ruleSetNames));
  return { options: object(given['options'], 'options'), target, ruleSet };
}

function readAxis(value: unknown, instead: Axis): Axis {
  const { name, from, to, step } = isObject(value) ? value : {};
  const known = optionNames.find((option) => option === name);
  if (known === undefined) return instead;
  return {
    name: known,
    from: whole(from, instead.from),
    to: whole(to, instead.to),
    step: whole(step, instead.step),
  };
}

/** A number as a whole one that can be counted with. */
function whole(value: unknown, instead: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return instead;
  return Math.trunc(Math.max(Number.MIN_SAFE_INTEGER, Math.min(value, Number.MAX_SAFE_INTEGER)));
}

function isObject(value: unknown): value is GivenOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function object(value: unknown, what: string): GivenOptions {
  if (isObject(value)) return value;
  throw new TypeError(`${what} is no object`);
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string') return value.slice(0, 80);
  throw new TypeError(`${what} is no text`);
}

function oneOf<T extends string>(choices: readonly T[], value: unknown, what: string): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new TypeError(unknown(what, value, choices));
  return found;
}

function unknown(what: string, value: unknown, known: readonly string[]): string {
  return `${what} is ${JSON.stringify(value) ?? 'not given'}; known are ${known.join(', ')}`;
}
