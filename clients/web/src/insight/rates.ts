import { timestampMs } from "@bufbuild/protobuf/wkt";

import type { OverrideRate } from "../gen/andon/v1/feedback_service_pb";

/** How often people overrode the AI, out of how many verdicts, with the 95 % Wilson interval; shares of 1. */
export interface Share {
  readonly reviews: number;
  readonly overrides: number;
  readonly rejections: number;
  readonly corrections: number;
  readonly rate: number;
  readonly lower: number;
  readonly upper: number;
}

/** A share in the span that begins at `start` (milliseconds). */
export interface ShareAt extends Share {
  readonly start: number;
}

/** An action, rule or model version: its share over all, and over time. */
export interface Group {
  readonly key: string;
  readonly action: string;
  readonly detail: string;
  readonly total: Share;
  readonly series: readonly ShareAt[];
}

/** Joins the counts over all with those over time; most verdicts first. */
export function toGroups(totals: readonly OverrideRate[], points: readonly OverrideRate[]): Group[] {
  const series = new Map<string, ShareAt[]>();
  for (const point of points) series.set(keyOf(point), [...(series.get(keyOf(point)) ?? []), toShareAt(point)]);
  return totals
    .map((rate) => ({
      key: keyOf(rate),
      action: rate.action,
      detail: detailOf(rate),
      total: toShare(rate),
      series: (series.get(keyOf(rate)) ?? []).filter((at) => at.reviews > 0).sort((a, b) => a.start - b.start),
    }))
    .filter((group) => group.total.reviews > 0)
    .sort((a, b) => b.total.reviews - a.total.reviews || a.key.localeCompare(b.key));
}

/** The end of the axis for these groups: the highest upper bound of those with enough verdicts, rounded up. */
export function axisEnd(groups: readonly Group[]): number {
  const highest = Math.max(0.1, ...groups.map(({ total }) => total.upper));
  return Math.min(1, Math.ceil(highest * 10) / 10);
}

/** Few enough verdicts that a rate says little: its interval is wider than 30 points. */
export function isVague(share: Share): boolean {
  return share.upper - share.lower > 0.3;
}

function keyOf(rate: OverrideRate): string {
  return JSON.stringify([rate.action, detailOf(rate)]);
}

function detailOf({ rule, model }: OverrideRate): string {
  if (rule !== "") return rule;
  if (model === undefined) return "";
  return model.version === "" ? model.name : `${model.name}@${model.version}`;
}

function toShare(rate: OverrideRate): Share {
  return {
    reviews: Number(rate.reviews),
    overrides: Number(rate.overrides),
    rejections: Number(rate.rejections),
    corrections: Number(rate.corrections),
    rate: rate.rate,
    lower: rate.lower,
    upper: rate.upper,
  };
}

function toShareAt(rate: OverrideRate): ShareAt {
  return { ...toShare(rate), start: rate.startTime === undefined ? 0 : timestampMs(rate.startTime) };
}
