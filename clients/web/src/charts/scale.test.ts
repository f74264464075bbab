import { describe, expect, it } from "vitest";

import { bandPath, linePath, runs, spread, stepPath } from "./path";
import { linear, niceStep, spanTickLabel, spanTicks, ticksFromZero } from "./scale";
import { timeStep, timeTickLabel, timeTicks } from "./timeScale";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("linear", () => {
  it("maps the domain onto the range, also upside down", () => {
    const y = linear([0, 10], [100, 0]);
    expect([y(0), y(5), y(10)]).toEqual([100, 50, 0]);
  });

  it("puts a domain without extent in the middle", () => {
    expect(linear([3, 3], [0, 10])(3)).toBe(5);
  });
});

describe("ticks", () => {
  it.each([
    [1, 0.2],
    [7, 2],
    [43, 10],
    [0.09, 0.02],
  ])("steps to %d by %d", (max, step) => {
    expect(niceStep(max, 5)).toBeCloseTo(step);
  });

  it("covers the largest value and begins at zero", () => {
    expect(ticksFromZero(43, 4)).toEqual([0, 20, 40, 60]);
    expect(ticksFromZero(0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
  });

  it.each([
    [80_000, ["0", "30 s", "60 s", "90 s"]],
    [2_400_000, ["0", "15 min", "30 min", "45 min"]],
    [100_000_000, ["0", "12 h", "24 h", "36 h"]],
  ])("writes spans up to %i in one unit, no two alike", (max, labels) => {
    const ticks = spanTicks(max, 3);
    expect(ticks.map((tick) => spanTickLabel(tick, ticks[1] ?? 0))).toEqual(labels);
  });

  it("is whole where the values are counts", () => {
    expect(ticksFromZero(1, 4, true)).toEqual([0, 1]);
    expect(ticksFromZero(0, 4, true)).toEqual([0, 1]);
  });
});

describe("time ticks", () => {
  const start = new Date(2026, 10, 22, 8, 3).getTime();

  it("lie at round local times", () => {
    const ticks = timeTicks(start, start + HOUR, 6);
    expect(timeStep(start, start + HOUR, 6)).toBe(10 * 60_000);
    expect(ticks.map((tick) => new Date(tick).getMinutes())).toEqual([10, 20, 30, 40, 50, 0]);
  });

  it("are midnights beyond two days", () => {
    const ticks = timeTicks(start, start + 7 * DAY, 8);
    expect(ticks).toHaveLength(7);
    expect(ticks.every((tick) => new Date(tick).getHours() === 0)).toBe(true);
  });

  it("say the hour within a day and the day beyond", () => {
    expect(timeTickLabel(new Date(2026, 10, 22, 9, 30).getTime(), HOUR, "en-GB")).toBe("09:30");
    expect(timeTickLabel(new Date(2026, 10, 22).getTime(), HOUR, "en-GB")).toBe("22 Nov");
    expect(timeTickLabel(new Date(2026, 10, 22, 12).getTime(), DAY, "en-GB")).toBe("22 Nov");
  });
});

describe("paths", () => {
  it("never bridges a gap", () => {
    expect(runs([1, 2, null, null, 3])).toEqual([[1, 2], [3]]);
    expect(runs([null])).toEqual([]);
  });

  it("draws lines, steps and bands", () => {
    const places = [
      { x: 0, y: 1 },
      { x: 2, y: 3 },
    ];
    expect(linePath(places)).toBe("M0 1L2 3");
    expect(stepPath(places)).toBe("M0 1H2V3");
    expect(
      bandPath([
        { x: 0, top: 0, bottom: 4 },
        { x: 1, top: 1, bottom: 3 },
      ]),
    ).toBe("M0 0L1 1L1 3L0 4Z");
  });

  it("draws a band of one span as a bar", () => {
    expect(bandPath([{ x: 10, top: 0, bottom: 4 }])).toBe("M7 0L13 0L13 4L7 4Z");
  });

  it("moves labels apart within their bounds", () => {
    expect(spread([10, 12, 50], 14, 0, 100)).toEqual([10, 24, 50]);
    expect(spread([95, 99], 14, 0, 100)).toEqual([86, 100]);
  });
});
