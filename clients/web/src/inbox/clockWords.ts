const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span (milliseconds) as a clock shows it: `2 d 3 h` from two days on, `3:59 h` from an hour on, `59:55` below. */
export function clockWords(span: number): string {
  const part = (unit: number, within: number) => Math.floor((Math.max(0, span) % within) / unit);
  if (span >= 2 * DAY) return `${part(DAY, Number.POSITIVE_INFINITY)} d ${part(HOUR, DAY)} h`;
  if (span >= HOUR) return `${part(HOUR, 2 * DAY)}:${two(part(MINUTE, HOUR))} h`;
  return `${part(MINUTE, HOUR)}:${two(part(SECOND, MINUTE))}`;
}

function two(count: number): string {
  return String(count).padStart(2, "0");
}
