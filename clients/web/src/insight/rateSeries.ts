import type { Series } from "../charts/series";
import { formatNumber } from "../format";
import type { Group } from "./rates";

/** A group's rate over time with its intervals. Each value says out of how many verdicts it is. */
export function rateSeries({ series }: Group): Series {
  return {
    name: "overridden",
    tone: "first",
    shape: "line",
    points: series.map(({ start, rate, lower, upper, reviews }) => ({
      time: start,
      value: rate,
      low: lower,
      high: upper,
      note: `n = ${formatNumber(reviews)}`,
    })),
  };
}
