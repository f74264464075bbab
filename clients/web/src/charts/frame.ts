import { linear } from "./scale";

/** Where a chart's values lie in pixels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
}

const LETTER = 6.6;
const TOP = 8;
const AXIS = 22;

/** A frame with room for the longest of the value labels on the left and of the line's names on the right. */
export function frameFor(options: {
  readonly width: number;
  readonly height: number;
  readonly time: readonly [number, number];
  readonly end: number;
  readonly valueLabels: readonly string[];
  readonly endLabels: readonly string[];
}): Frame {
  const { width, height, time, end } = options;
  const left = longest(options.valueLabels) * LETTER + 12;
  const right = width - (longest(options.endLabels) * LETTER + 14);
  const bottom = height - AXIS;
  return {
    width,
    height,
    left,
    right,
    top: TOP,
    bottom,
    x: linear(time, [left, right]),
    y: linear([0, end], [bottom, TOP]),
  };
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}
