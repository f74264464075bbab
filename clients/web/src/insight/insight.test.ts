import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";

import { OverrideRateSchema } from "../gen/andon/v1/feedback_service_pb";
import { QueuePointSchema, QueueSchema, ReviewerActivitySchema } from "../gen/andon/v1/insight_service_pb";
import { toQueues } from "./queues";
import { RANGES, type RangeName, windowOf } from "./range";
import { axisEnd, isVague, toGroups } from "./rates";
import { everySpan, toReviewers } from "./reviewers";

const NOW = new Date(2026, 10, 22, 8, 3, 17).getTime();

describe("windows", () => {
  it("begin at a round time, so that refreshing does not shift their cuts", () => {
    const { start, interval } = windowOf("24h", NOW);
    expect(new Date(start).getMinutes() % 30).toBe(0);
    expect(windowOf("24h", NOW + 30_000).start).toBe(start);
    expect(NOW - start - RANGES["24h"].span).toBeLessThan(interval);
  });

  it("ask for at most 1,000 spans of at least a minute", () => {
    for (const name of Object.keys(RANGES) as RangeName[]) {
      for (const cut of ["interval", "rateInterval"] as const) {
        const { start, end, interval } = windowOf(name, NOW, cut);
        expect((end - start) / interval).toBeLessThan(1000);
        expect(interval).toBeGreaterThanOrEqual(60_000);
      }
    }
  });
});

describe("override rates", () => {
  const rate = (rule: string, reviews: bigint, start?: number) =>
    create(OverrideRateSchema, {
      action: "refund.issue",
      rule,
      reviews,
      overrides: 1n,
      rate: 1 / Math.max(1, Number(reviews)),
      lower: 0.01,
      upper: reviews > 10n ? 0.12 : 0.79,
      ...(start === undefined ? {} : { startTime: timestampFromMs(start) }),
    });

  it("join what is over all with what is over time", () => {
    const groups = toGroups([rate("a", 3n), rate("b", 40n)], [rate("b", 20n, 2), rate("b", 20n, 1), rate("a", 0n, 1)]);
    expect(groups.map(({ detail }) => detail)).toEqual(["b", "a"]);
    expect(groups[0]?.series.map(({ start }) => start)).toEqual([1, 2]);
    expect(groups[1]?.series).toEqual([]);
  });

  it("say when few verdicts make a rate vague", () => {
    const [sure, vague] = toGroups([rate("a", 3n), rate("b", 40n)], []);
    expect(sure && isVague(sure.total)).toBe(false);
    expect(vague && isVague(vague.total)).toBe(true);
    expect(axisEnd(sure ? [sure] : [])).toBe(0.2);
    expect(axisEnd([])).toBe(0.1);
  });

  it("name a model with its version", () => {
    const model = create(OverrideRateSchema, { action: "a", reviews: 1n, model: { name: "m", version: "2" } });
    expect(toGroups([model], [])[0]?.detail).toBe("m@2");
  });
});

describe("queues", () => {
  it("join the present with the past, the fullest first", () => {
    const queues = [create(QueueSchema, { queue: "a" }), create(QueueSchema, { queue: "b", waiting: 4n })];
    const points = [
      create(QueuePointSchema, { queue: "c", startTime: timestampFromMs(5), open: 2n, waitP50: durationFromMs(1500) }),
      create(QueuePointSchema, { queue: "c", startTime: timestampFromMs(1) }),
    ];
    const stories = toQueues(queues, points);
    expect(stories.map(({ name }) => name)).toEqual(["b", "a", "c"]);
    expect(stories[2]?.now).toBeNull();
    expect(stories[2]?.series.map(({ start, waitP50 }) => [start, waitP50])).toEqual([
      [1, null],
      [5, 1500],
    ]);
  });
});

describe("reviewers", () => {
  it("stand with their verdicts over all and over time", () => {
    const total = create(ReviewerActivitySchema, { reviewer: "ada", reviews: 3n, viewTimeP50: durationFromMs(900) });
    const idle = create(ReviewerActivitySchema, { reviewer: "bob" });
    const point = create(ReviewerActivitySchema, { reviewer: "ada", reviews: 3n, startTime: timestampFromMs(7) });
    const reviewers = toReviewers([idle, total], [point]);
    expect(reviewers.map(({ name }) => name)).toEqual(["ada"]);
    expect(reviewers[0]).toMatchObject({ viewTime: 900, series: [{ start: 7, reviews: 3 }] });
    const spans = everySpan(reviewers[0]?.series ?? [], { start: 5, end: 10, interval: 2 });
    expect(spans.map(({ start, reviews: count }) => [start, count])).toEqual([
      [5, 0],
      [7, 3],
      [9, 0],
    ]);
  });
});
