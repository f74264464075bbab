const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [1, 2, 5, 10, 15, 30]
  .map((minutes) => minutes * MINUTE)
  .concat([1, 2, 3, 6, 12].map((hours) => hours * HOUR))
  .concat([1, 2, 7, 14, 28].map((days) => days * DAY));

/** The spacing of time ticks: the smallest of minutes, hours and days that gives at most `count` of them. */
export function timeStep(start: number, end: number, count: number): number {
  return STEPS.find((step) => (end - start) / step <= count) ?? 28 * DAY;
}

/** Moments (milliseconds) at round local times between `start` and `end`. */
export function timeTicks(start: number, end: number, count: number): number[] {
  const step = timeStep(start, end, count);
  const ticks: number[] = [];
  for (let tick = firstTick(start, step); tick <= end; tick = nextTick(tick, step)) ticks.push(tick);
  return ticks;
}

/** A tick in words: the hour within a day, the day beyond it; midnight is written as its day. */
export function timeTickLabel(tick: number, step: number, locale?: string): string {
  const date = new Date(tick);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0;
  return step >= DAY || midnight
    ? date.toLocaleDateString(locale, { day: "numeric", month: "short" })
    : date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
}

function firstTick(start: number, step: number): number {
  const midnight = new Date(start);
  midnight.setHours(0, 0, 0, 0);
  let tick = midnight.getTime();
  while (tick < start) tick = nextTick(tick, step);
  return tick;
}

/** Days are counted by the calendar, so that a change of daylight saving time does not shift the ticks. */
function nextTick(tick: number, step: number): number {
  if (step < DAY) return tick + step;
  const date = new Date(tick);
  date.setDate(date.getDate() + step / DAY);
  return date.getTime();
}
