import { describe, expect, test } from "vitest";
import {
  formatAge,
  formatBytes,
  formatClock,
  formatDate,
  formatDateTime,
  formatMoney,
  formatNumber,
  formatPercent,
  formatSpan,
  formatSpanInWords,
} from ".";

const plain = (text: string) => text.replaceAll("\u00a0", " ").replaceAll("\u202f", " ");

describe("numbers", () => {
  test.each([
    [7500, "", "7,500"],
    [24, "months", "24 months"],
    [0.1, "", "0.1"],
    [1500, "EUR", "EUR 1,500"],
    [42, "%", "42%"],
  ])("%s with %s", (value, unit, text) => expect(plain(formatNumber(value, unit))).toBe(text));

  test.each([
    [1500, "EUR", "EUR 1,500"],
    [12.5, "EUR", "EUR 12.50"],
    [0.00123, "EUR", "EUR 0.00123"],
    [100, "JPY", "JPY 100"],
    [3, "", "3"],
    [3, "credits", "3 credits"],
  ])("money %s %s", (value, currency, text) => expect(plain(formatMoney(value, currency))).toBe(text));

  test("a share is written as per cent", () => {
    expect(formatPercent(0.842)).toBe("84%");
    expect(formatPercent(0.842, 1)).toBe("84.2%");
  });

  test("a size is written in its largest unit", () => expect(plain(formatBytes(1540))).toBe("1.5 kB"));
});

describe("times", () => {
  test("a calendar date is the same day everywhere", () => expect(formatDate("2026-08-01")).toBe("Aug 1, 2026"));
  test("what is no date stays what it is", () => {
    expect(formatDate("soon")).toBe("soon");
    expect(formatDateTime("soon")).toBe("soon");
  });
});

describe("spans", () => {
  test.each([
    [-5, "0 s", "now", "0:00", "0 seconds"],
    [8_000, "8 s", "8 s", "0:08", "8 seconds"],
    [125_000, "2 min 05 s", "2 min", "2:05", "2 minutes 5 seconds"],
    [3_600_000, "1 h 00 min", "1 h", "in 1 h", "1 hour"],
    [97_200_000, "1 d 3 h", "1 d", "in 1 d", "1 day 3 hours"],
  ])("%s ms", (ms, span, age, clock, words) => {
    expect([formatSpan(ms), formatAge(ms), formatClock(ms), formatSpanInWords(ms)]).toEqual([span, age, clock, words]);
  });
});
