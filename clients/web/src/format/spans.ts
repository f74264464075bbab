const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = [
  { name: "day", short: "d", ms: DAY },
  { name: "hour", short: "h", ms: HOUR },
  { name: "minute", short: "min", ms: MINUTE },
  { name: "second", short: "s", ms: SECOND },
] as const;

/** A span in its two largest units: `2 d 3 h`, `14 min 05 s`, `8 s`. Below zero it counts as none. */
export function formatSpan(ms: number): string {
  const [first, second] = parts(ms);
  if (!second) return `${first.count} ${first.short}`;
  const tail = String(second.count).padStart(second.short === "h" ? 1 : 2, "0");
  return `${first.count} ${first.short} ${tail} ${second.short}`;
}

/** A span that was stated, without a unit of which there is none: `2 h`, `1 h 30 min`. */
export function formatStep(ms: number): string {
  const [first, second] = parts(ms);
  return [first, ...(second?.count ? [second] : [])].map(({ count, short }) => `${count} ${short}`).join(" ");
}

/** How old something is, in its largest unit, for narrow columns: `now`, `40 s`, `12 min`, `3 h`, `2 d`. */
export function formatAge(ms: number): string {
  const [first] = parts(ms);
  return ms < SECOND ? "now" : `${first.count} ${first.short}`;
}

/** A span as it is spoken: `2 minutes 5 seconds`. */
export function formatSpanInWords(ms: number): string {
  const [first, second] = parts(ms);
  return [first, ...(second?.count ? [second] : [])]
    .map((part) => `${part.count} ${part.name}${part.count === 1 ? "" : "s"}`)
    .join(" ");
}

interface Part {
  readonly name: string;
  readonly short: string;
  readonly count: number;
}

function parts(ms: number): [Part, Part?] {
  const rest = Math.max(0, ms);
  const found = UNITS.findIndex((unit) => rest >= unit.ms);
  const index = found < 0 ? UNITS.length - 1 : found;
  const [unit, next] = [UNITS[index] ?? UNITS[3], UNITS[index + 1]];
  const first = { ...unit, count: Math.floor(rest / unit.ms) };
  return next ? [first, { ...next, count: Math.floor((rest % unit.ms) / next.ms) }] : [first];
}
