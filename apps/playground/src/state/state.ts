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

/** The whole state: what a link holds. */
export interface PageState extends Work {
  readonly view: View;
  readonly explore: Explore;
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
};

/**
 * A state, once it is one.
 * @throws {TypeError} in one line, for anything else
 */
export function readState(value: unknown): PageState {
  const given = object(value, 'the state');
  const explore = given['explore'] === undefined ? undefined : object(given['explore'], 'explore');
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
    explore:
      explore === undefined
        ? firstState.explore
        : {
            x: readAxis(explore['x'], 'explore.x'),
            y: readAxis(explore['y'], 'explore.y'),
            colour: oneOf(mapColours, explore['colour'], 'explore.colour'),
          },
  };
}

function readConfiguration(given: GivenOptions): Pick<Work, 'options' | 'target' | 'ruleSet'> {
  const { target, ruleSet } = given;
  if (!isTargetName(target)) throw new TypeError(unknown('target', target, targetNames));
  if (!isRuleSetName(ruleSet)) throw new TypeError(unknown('rule set', ruleSet, ruleSetNames));
  return { options: object(given['options'], 'options'), target, ruleSet };
}

function readAxis(value: unknown, where: string): Axis {
  const { name, from, to, step } = object(value, where);
  const numbers = [from, to, step];
  if (!numbers.every((one) => Number.isSafeInteger(one))) throw new TypeError(`${where} needs whole numbers`);
  return {
    name: oneOf(optionNames, name, `${where}.name`),
    from: Number(from),
    to: Number(to),
    step: Number(step),
  };
}

function object(value: unknown, what: string): GivenOptions {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as GivenOptions;
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
