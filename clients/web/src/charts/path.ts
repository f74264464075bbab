/** A place in pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A stretch of the plane between two lines, at one x. */
export interface Span {
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
}

/** Splits at the gaps (null): what has no value is not drawn, and never bridged. */
export function runs<T>(values: readonly (T | null)[]): T[][] {
  const all: T[][] = [];
  let run: T[] = [];
  for (const value of values) {
    if (value !== null) run.push(value);
    else if (run.length > 0) {
      all.push(run);
      run = [];
    }
  }
  return run.length > 0 ? [...all, run] : all;
}

/** SVG path through all places. */
export function linePath(places: readonly Place[]): string {
  return places.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

/** SVG path that holds each value until the next: for counts that stand still between two moments. */
export function stepPath(places: readonly Place[]): string {
  return places
    .map(({ x, y }, index) => (index === 0 ? `M${round(x)} ${round(y)}` : `H${round(x)}V${round(y)}`))
    .join("");
}

/** Closed SVG path around all spans. A single span becomes a bar of `width` pixels, so that it can be seen. */
export function bandPath(spans: readonly Span[], width = 6): string {
  const only = spans.length === 1 ? spans[0] : undefined;
  const corners =
    only === undefined
      ? spans
      : [
          { ...only, x: only.x - width / 2 },
          { ...only, x: only.x + width / 2 },
        ];
  const upper = corners.map(({ x, top }) => ({ x, y: top }));
  const lower = corners.map(({ x, bottom }) => ({ x, y: bottom })).reverse();
  return corners.length === 0 ? "" : `${linePath([...upper, ...lower])}Z`;
}

/** Moves labels apart until each two are `gap` pixels from one another, and all within `low` to `high`. */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const placed = [...wanted];
  let floor = low;
  for (const index of order) {
    placed[index] = Math.max(placed[index] ?? 0, floor);
    floor = (placed[index] ?? 0) + gap;
  }
  let ceiling = high;
  for (const index of [...order].reverse()) {
    placed[index] = Math.min(placed[index] ?? 0, ceiling);
    ceiling = (placed[index] ?? 0) - gap;
  }
  return placed;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
