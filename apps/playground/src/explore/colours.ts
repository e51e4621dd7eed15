import { ruleCatalog } from '@gemm-preflight/types';
import type { OptionMap } from './map.js';

/** A colour as red, green and blue. */
export type Rgb = readonly [number, number, number];

/** Told apart by most eyes, and seen on light and dark (after Okabe and Ito, Color Universal Design). */
const ofRules: readonly Rgb[] = [
  [213, 94, 0],
  [230, 159, 0],
  [204, 121, 167],
  [86, 120, 200],
  [140, 86, 75],
  [240, 200, 60],
  [110, 195, 235],
  [180, 60, 90],
];
/** Rules for which no colour is left and, by padding, all that is refused. */
export const ofOthers: Rgb = [90, 95, 105];
const ofValid: Rgb = [38, 166, 120];

/** An entry of the legend: a rule, or what else a colour stands for. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: Rgb;
  readonly cells: number;
  /** The colour is that of all rules for which none was left. */
  readonly shared: boolean;
}

/** The rules of a map, the most frequent first, each with its colour; what can run comes before them. */
export function legendOf({ refused, valid }: Pick<OptionMap, 'refused' | 'valid'>): readonly LegendEntry[] {
  const rules = Object.entries(refused).sort(([, a], [, b]) => b - a);
  return [
    { name: 'can run', colour: ofValid, cells: valid, shared: false },
    ...rules.map(([name, cells], i) => {
      const colour = ofRules[i];
      return { name, cells, colour: colour ?? ofOthers, shared: colour === undefined };
    }),
  ];
}

/** The least and the most padding of the cells that can run; undefined where none can. */
export type WasteRange = readonly [least: number, most: number];

/** The range of a map, which the colours are spread over: many maps would else be of one colour. */
export function wasteRange({ waste }: Pick<OptionMap, 'waste'>): WasteRange | undefined {
  let range: WasteRange | undefined;
  for (const share of waste) {
    if (Number.isNaN(share)) continue;
    range = range === undefined ? [share, share] : [Math.min(range[0], share), Math.max(range[1], share)];
  }
  return range;
}

/** The colours of the least padding and of the most. */
export const wasteEnds: readonly [least: Rgb, most: Rgb] = [
  [24, 120, 140],
  [250, 222, 90],
];

/** From the least padding of a map to the most. */
export function wasteColour(share: number, [least, most]: WasteRange): Rgb {
  const [from, to] = wasteEnds;
  const at = most === least ? 0 : Math.min(1, Math.max(0, (share - least) / (most - least)));
  const mix = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * at);
  return [mix(0), mix(1), mix(2)];
}

/** A colour as CSS has it. */
export function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** The pixels of a map, one a cell; y goes up. */
export function pixelsOf(map: OptionMap, by: 'rule' | 'padding'): ImageData {
  const [width, height] = [map.request.x.values.length, map.request.y.values.length];
  const image = new ImageData(width, height);
  const byRule = new Map(legendOf(map).map(({ name, colour }) => [name, colour]));
  const range = wasteRange(map);
  const names = ruleCatalog.map(({ name }) => name);
  const colourOf = (cell: number, rule: number): Rgb => {
    if (by === 'padding') return range && rule < 0 ? wasteColour(map.waste[cell] ?? 0, range) : ofOthers;
    return rule < 0 ? ofValid : (byRule.get(names[rule] ?? '') ?? ofOthers);
  };
  for (const [cell, rule] of map.rules.entries()) {
    const row = height - 1 - Math.floor(cell / width);
    image.data.set([...colourOf(cell, rule), 255], (row * width + (cell % width)) * 4);
  }
  return image;
}
