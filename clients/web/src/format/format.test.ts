import { describe, expect, test } from "vitest";
import {
  formatAge,
  formatDate,
  formatDateTime,
  formatMoney,
  formatNumber,
  formatPercent,
  formatShare,
  formatSpan,
  formatSpanInWords,
  formatStep,
} from ".";

const plain = (text: string) => text.replaceAll("\u00a0", " ").replaceAll("\u202f", " ");

describe("numbers", () => {
  test.each([
    [7500, "", "7500"],
    [-9999.5, "", "-9999.5"],
    [10000, "", "10 000"],
    [1234567.8912345, "", "1 234 567.8912345"],
    [24, "months", "24 months"],
    [0.1, "", "0.1"],
    [5e-24, "", "5e-24"],
    [1500, "EUR", "1500 EUR"],
    [5951, "DM", "5951 DM"],
    [42, "%", "42 %"],
  ])("%s with %s", (value, unit, text) => expect(plain(formatNumber(value, unit))).toBe(text));

  test.each([
    [755.47, "EUR", "755.47 EUR"],
    [12.5, "EUR", "12.50 EUR"],
    [-12345.5, "EUR", "-12 345.50 EUR"],
    [0.00123, "EUR", "0.00123 EUR"],
    [100, "JPY", "100 JPY"],
    [3, "", "3"],
    [3, "credits", "3 credits"],
  ])("money %s %s", (value, currency, text) => expect(plain(formatMoney(value, currency))).toBe(text));

  test("a share is written as per cent", () => {
    expect([formatPercent(0.842), formatPercent(0.842, 1)].map(plain)).toEqual(["84 %", "84.2 %"]);
    expect([0.57, 0.8567, 1, 2e-7].map(formatShare).map(plain)).toEqual(["57 %", "85.67 %", "100 %", "0.00002 %"]);
  });
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
    [-5, "0 s", "now", "0 seconds"],
    [8_000, "8 s", "8 s", "8 seconds"],
    [125_000, "2 min 05 s", "2 min", "2 minutes 5 seconds"],
    [3_600_000, "1 h 00 min", "1 h", "1 hour"],
    [97_200_000, "1 d 3 h", "1 d", "1 day 3 hours"],
  ])("%s ms", (ms, span, age, words) => {
    expect([formatSpan(ms), formatAge(ms), formatSpanInWords(ms)]).toEqual([span, age, words]);
  });
  test("a step has no empty unit", () =>
    expect([7_200_000, 5_400_000, 900_000].map(formatStep)).toEqual(["2 h", "1 h 30 min", "15 min"]));
});
