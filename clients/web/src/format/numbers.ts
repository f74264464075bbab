// One rule for figures, the same in every language of a browser and the same as in the server's own sentences: a point
// before the decimals, never rounded unless asked; from 10,000 on a thin space between groups of three (5951, 12 345.5).
const GROUP = "\u202f";
const UNIT = "\u00a0";
const CURRENCY = /^[A-Z]{3}$/;

/** A number with all its digits and, if given, its unit: `7500`, `24 months`. Money that is not whole has two decimals at least. */
export function formatNumber(value: number, unit = ""): string {
  const least = CURRENCY.test(unit) && !Number.isInteger(value) ? 2 : 0;
  return withUnit(figures(String(value), least), unit);
}

/** An amount of money: `755.47 EUR`. */
export function formatMoney(value: number, currency: string): string {
  return formatNumber(value, currency);
}

/** A share of 1 as per cent, rounded: `0.842` is `84 %` with 0 digits after the point, `84.2 %` with 1. */
export function formatPercent(share: number, digits = 0): string {
  return withUnit(figures(hundredfold(share).toFixed(digits)), "%");
}

/** A share of 1 as per cent, with all its digits: `0.8567` is `85.67 %`. */
export function formatShare(share: number): string {
  return formatNumber(hundredfold(share), "%");
}

/** What is written and its unit, which no line break parts. */
export function withUnit(text: string, unit: string): string {
  return unit === "" ? text : `${text}${UNIT}${unit}`;
}

/** What JavaScript writes with an exponent stays so. */
function figures(text: string, least = 0): string {
  const [, sign = "", whole = "", decimals = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === "") return text;
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, GROUP) : whole;
  const tail = decimals.padEnd(least, "0");
  return `${sign}${grouped}${tail && `.${tail}`}`;
}

/** Exactly: 0.57 × 100 would be 56.99999999999999. */
function hundredfold(value: number): number {
  const [digits = "0", power = "0"] = String(value).split("e");
  return Number(`${digits}e${Number(power) + 2}`);
}
