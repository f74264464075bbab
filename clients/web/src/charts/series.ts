/** A value at a moment (milliseconds); null where there is none. `low` and `high` bound it, where it is an estimate. */
export interface Point {
  readonly time: number;
  readonly value: number | null;
  readonly low?: number;
  readonly high?: number;
  /** What a reader should know beside the value, such as `n = 3`. */
  readonly note?: string;
}

/** One line of a chart. Its colour and its dashes tell it apart; `area` is filled down to zero, `step` holds its value. */
export interface Series {
  readonly name: string;
  readonly tone: "first" | "second" | "third" | "fourth";
  readonly shape: "line" | "step" | "area";
  readonly points: readonly Point[];
}

/** The last point that has a value. */
export function lastValue(series: Series): Point | undefined {
  return series.points.findLast((point) => point.value !== null);
}

/** The highest value or upper bound of all series; 0 without any. */
export function highest(all: readonly Series[]): number {
  return Math.max(0, ...all.flatMap(({ points }) => points.map((point) => point.high ?? point.value ?? 0)));
}

/** All moments at which any of the series has a point, in order. */
export function moments(all: readonly Series[]): number[] {
  return [...new Set(all.flatMap(({ points }) => points.map(({ time }) => time)))].sort((a, b) => a - b);
}

/** The moment nearest to `time`. */
export function nearest(times: readonly number[], time: number): number | undefined {
  return times.reduce<number | undefined>(
    (best, candidate) => (best === undefined || Math.abs(candidate - time) < Math.abs(best - time) ? candidate : best),
    undefined,
  );
}
