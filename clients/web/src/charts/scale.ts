/** Where a value of the domain lies in pixels. A domain without extent maps to the range's middle. */
export function linear(domain: readonly [number, number], range: readonly [number, number]): (value: number) => number {
  const [low, high] = domain;
  const [from, to] = range;
  if (low === high) return () => (from + to) / 2;
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** A round step (1, 2 or 5 times a power of ten) that divides `extent` into about `count` parts. */
export function niceStep(extent: number, count: number): number {
  const raw = extent / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw * 0.999) ?? 10;
  return factor * power;
}

/** Round values from zero that cover `max`; the last one is the axis' end. Whole numbers alone if `whole`. */
export function ticksFromZero(max: number, count: number, whole = false): number[] {
  const step = niceStep(max > 0 ? max : 1, count);
  const stride = whole ? Math.max(1, Math.round(step)) : step;
  const steps = Math.max(1, Math.ceil((max > 0 ? max : 1) / stride - 1e-9));
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * stride).toPrecision(12)));
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SPAN_STEPS = [1, 2, 5, 10, 15, 30]
  .flatMap((count) => [count * SECOND, count * MINUTE])
  .concat([1, 2, 4, 6, 12].map((hours) => hours * HOUR))
  .concat([1, 2, 5, 10].map((days) => days * DAY))
  .sort((a, b) => a - b);

const UNITS = [
  { name: "d", size: DAY },
  { name: "h", size: HOUR },
  { name: "min", size: MINUTE },
  { name: "s", size: SECOND },
];

/** A tick of `spanTicks`, all of them in the unit of their step, so that no two are written alike: `30 s`, `60 s`, `90 s`. */
export function spanTickLabel(tick: number, step: number): string {
  if (tick === 0) return "0";
  const unit = UNITS.find(({ size }) => step % size === 0);
  return unit ? `${tick / unit.size} ${unit.name}` : `${tick} ms`;
}

/** Spans of time (milliseconds) from zero that cover `max`, at steps people count time by. */
export function spanTicks(max: number, count: number): number[] {
  const step = SPAN_STEPS.find((candidate) => max / candidate <= count) ?? Math.ceil(max / count / DAY) * DAY;
  const steps = Math.max(1, Math.ceil(max / step - 1e-9));
  return Array.from({ length: steps + 1 }, (_, index) => index * step);
}
