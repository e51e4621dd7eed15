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
  [120, 120, 135],
  [180, 60, 90],
];
const ofOthers: Rgb = [90, 95, 105];
const ofValid: Rgb = [38, 166, 120];

/** An entry of the legend: a rule, or what else a colour stands for. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: Rgb;
  readonly cells: number;
}

/** The rules of a map, the most frequent first, each with its colour; what can run comes before them. */
export function legendOf({ refused, valid }: OptionMap): readonly LegendEntry[] {
  const rules = Object.entries(refused).sort(([, a], [, b]) => b - a);
  return [
    { name: 'can run', colour: ofValid, cells: valid },
    ...rules.map(([name, cells], i) => ({ name, cells, colour: ofRules[i] ?? ofOthers })),
  ];
}

/** From little padding to much. */
export function wasteColour(share: number): Rgb {
  const from: Rgb = [38, 166, 120];
  const to: Rgb = [240, 200, 60];
  const mix = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * Math.min(1, share));
  return [mix(0), mix(1), mix(2)];
}

/** The pixels of a map, one a cell; y goes up. */
export function pixelsOf(map: OptionMap, by: 'rule' | 'padding'): ImageData {
  const [width, height] = [map.request.x.values.length, map.request.y.values.length];
  const image = new ImageData(width, height);
  const byRule = new Map(legendOf(map).map(({ name, colour }) => [name, colour]));
  const names = ruleCatalog.map(({ name }) => name);
  for (const [cell, rule] of map.rules.entries()) {
    const name = names[rule];
    const valid = rule < 0;
    const colour =
      by === 'padding'
        ? valid
          ? wasteColour(map.waste[cell] ?? 0)
          : ofOthers
        : valid
          ? ofValid
          : ((name === undefined ? undefined : byRule.get(name)) ?? ofOthers);
    const row = height - 1 - Math.floor(cell / width);
    image.data.set([...colour, 255], (row * width + (cell % width)) * 4);
  }
  return image;
}
