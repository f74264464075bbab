import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";

import type { ReviewerActivity } from "../gen/andon/v1/insight_service_pb";
import { groupBy } from "./groupBy";
import type { Window } from "./range";

/** What one reviewer has done; `viewTime` is the median in milliseconds, null where no client told. */
export interface Reviewer {
  readonly name: string;
  readonly reviews: number;
  readonly approvals: number;
  readonly rejections: number;
  readonly corrections: number;
  readonly overrides: number;
  readonly viewTime: number | null;
  readonly series: readonly { readonly start: number; readonly reviews: number }[];
}

/** Joins the counts over all with those over time; most verdicts first. */
export function toReviewers(totals: readonly ReviewerActivity[], points: readonly ReviewerActivity[]): Reviewer[] {
  const past = groupBy(points, (point) => point.reviewer);
  return totals
    .map((total) => ({
      name: total.reviewer,
      reviews: Number(total.reviews),
      approvals: Number(total.approvals),
      rejections: Number(total.rejections),
      corrections: Number(total.corrections),
      overrides: Number(total.overrides),
      viewTime: total.viewTimeP50 === undefined ? null : durationMs(total.viewTimeP50),
      series: (past.get(total.reviewer) ?? []).map(toPoint).sort((a, b) => a.start - b.start),
    }))
    .filter((reviewer) => reviewer.reviews > 0)
    .sort((a, b) => b.reviews - a.reviews || a.name.localeCompare(b.name));
}

/** The verdicts of every span of the window: the server leaves out those without any. */
export function everySpan(series: Reviewer["series"], { start, end, interval }: Window): Reviewer["series"] {
  const known = new Map(series.map((point) => [point.start, point]));
  const starts = Array.from({ length: Math.ceil((end - start) / interval) }, (_, index) => start + index * interval);
  return starts.map((at) => known.get(at) ?? { start: at, reviews: 0 });
}

function toPoint({ startTime, reviews }: ReviewerActivity): { start: number; reviews: number } {
  return { start: startTime === undefined ? 0 : timestampMs(startTime), reviews: Number(reviews) };
}
