// What the tray shows of the verdicts on their way.
import type { PendingVerdict } from "./verdict";

/** One verdict, or several that were given in one go and stand alike. */
export interface SlipOf {
  readonly key: string;
  /** The first of them. */
  readonly verdict: PendingVerdict;
  readonly ids: readonly string[];
  /** Whether it is what the key takes back. */
  readonly isNewest: boolean;
}

export interface Slips {
  readonly shown: readonly SlipOf[];
  /** How many verdicts are not shown. */
  readonly more: number;
}

const MOST = 3;

/** At most three slips, the newest that can be undone last, and before it what was refused. */
export function slipsOf(pending: readonly PendingVerdict[]): Slips {
  const newest = pending.findLast((one) => one.state === "held");
  const keys = new Map<string, PendingVerdict[]>();
  for (const one of pending) {
    const key = keyOf(one);
    keys.set(key, [...(keys.get(key) ?? []), one]);
  }
  const slips = [...keys].flatMap(([key, all]): SlipOf[] => {
    const [verdict] = all;
    const isNewest = newest !== undefined && keyOf(newest) === key;
    return verdict ? [{ key, verdict, ids: all.map(({ id }) => id), isNewest }] : [];
  });
  slips.sort((one, other) => rank(one) - rank(other));
  const hidden = slips.slice(0, -MOST);
  return { shown: slips.slice(-MOST), more: hidden.reduce((sum, { ids }) => sum + ids.length, 0) };
}

function keyOf({ id, group, state }: PendingVerdict): string {
  return group === undefined || state === "refused" ? id : `${group} ${state}`;
}

function rank({ verdict, isNewest }: SlipOf): number {
  if (isNewest) return 2;
  return verdict.state === "refused" ? 1 : 0;
}
