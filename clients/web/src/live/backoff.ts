const FIRST_MS = 500;
const LAST_MS = 10_000;

/** How long to wait before the next attempt, in milliseconds: longer with each failure, and never the same for all. */
export function pauseAfter(failures: number, askedMs: number | null, random: () => number = Math.random): number {
  const grown = Math.min(LAST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.max(askedMs ?? 0, grown * (0.5 + random() / 2));
}
