import { formatUntil } from "../format";
import type { Presence } from "./presence";

const MINUTE_MS = 60_000;
const MORNING = 8;

/** For how long somebody may be away: its name, and when that ends (milliseconds since the epoch), if ever. */
export const SPANS: readonly (readonly [name: string, end: (now: number) => number | undefined])[] = [
  ["I say so", () => undefined],
  ["30 minutes from now", (now) => now + 30 * MINUTE_MS],
  ["1 hour from now", (now) => now + 60 * MINUTE_MS],
  ["4 hours from now", (now) => now + 240 * MINUTE_MS],
  ["tomorrow, 8 o’clock", tomorrow],
];

/** `Away until 14:00`, or until further notice. */
export function awayWords({ until }: Presence): string {
  return until === undefined ? "Away" : `Away until ${formatUntil(until)}`;
}

function tomorrow(now: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1, MORNING).getTime();
}
