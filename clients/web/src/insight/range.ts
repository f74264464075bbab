const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The spans a chart can show, with how finely counts and rates are cut within them (milliseconds). */
export const RANGES = {
  "1h": { label: "1 h", span: HOUR, interval: 2 * MINUTE, rateInterval: 10 * MINUTE },
  "24h": { label: "24 h", span: DAY, interval: 30 * MINUTE, rateInterval: 2 * HOUR },
  "7d": { label: "7 d", span: 7 * DAY, interval: 4 * HOUR, rateInterval: 12 * HOUR },
  "30d": { label: "30 d", span: 30 * DAY, interval: DAY, rateInterval: DAY },
} as const;

/** The name of a span. */
export type RangeName = keyof typeof RANGES;

/** What is asked of the server: from `start`, cut by `interval`; times in milliseconds. */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly interval: number;
}

/** Whether this is the name of a span. */
export function isRange(text: string | null): text is RangeName {
  return text !== null && Object.hasOwn(RANGES, text);
}

/** The window that ends at `now`. It begins at a round local time, so that its cuts stand still as time goes on. */
export function windowOf(range: RangeName, now: number, cut: "interval" | "rateInterval" = "interval"): Window {
  const interval = RANGES[range][cut];
  return { start: roundDown(now - RANGES[range].span, interval), end: now, interval };
}

function roundDown(time: number, interval: number): number {
  const midnight = new Date(time);
  midnight.setHours(0, 0, 0, 0);
  return midnight.getTime() + Math.floor((time - midnight.getTime()) / interval) * interval;
}
