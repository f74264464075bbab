const LOCALE = typeof navigator === "undefined" ? undefined : navigator.language;
const formats = new Map<string, Intl.NumberFormat>();

function format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.NumberFormat(LOCALE, options);
  formats.set(key, known);
  return known;
}

/** A number with all its digits (to 15) and, if given, its unit: `7,500 EUR`, `24 months`. A currency may stand before. */
export function formatNumber(value: number, unit = ""): string {
  if (/^[A-Z]{3}$/.test(unit)) return formatMoney(value, unit);
  const number = format({ maximumSignificantDigits: 15 }).format(value);
  return unit ? `${number}${unit === "%" ? "" : "\u00a0"}${unit}` : number;
}

/** An amount of money, with the currency's own digits unless it has more of them. */
export function formatMoney(value: number, currency: string): string {
  if (!currency) return formatNumber(value);
  try {
    const options: Intl.NumberFormatOptions = { style: "currency", currency, currencyDisplay: "code" };
    const whole = Number.isInteger(value);
    const own = format(options).resolvedOptions().maximumFractionDigits ?? 2;
    const digits = whole ? 0 : Math.max(own, fractionDigits(value));
    return format({ ...options, minimumFractionDigits: whole ? 0 : own, maximumFractionDigits: digits }).format(value);
  } catch {
    return `${formatNumber(value)}\u00a0${currency}`;
  }
}

/** A share of 1 as per cent: `0.842` is `84%` with 0 digits after the point, `84.2%` with 1. */
export function formatPercent(share: number, digits = 0): string {
  return format({ style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
}

/** A size: `1.5 kB`. */
export function formatBytes(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const unit = units[power] ?? "byte";
  return format({ style: "unit", unit, maximumFractionDigits: 1 }).format(bytes / 1000 ** power);
}

function fractionDigits(value: number): number {
  return Math.min(10, (/\.(\d+)$/.exec(String(value))?.[1] ?? "").length);
}
