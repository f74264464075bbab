import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";

const LOCALE = typeof navigator === "undefined" ? undefined : navigator.language;
const date = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium" });
const dateUtc = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone: "UTC" });
const dateTime = new Intl.DateTimeFormat(LOCALE, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});
const time = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

const minute = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const dayMinute = new Intl.DateTimeFormat(LOCALE, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** Milliseconds since the epoch, or null where there is no time. */
export function millis(stamp: Timestamp | undefined): number | null {
  return stamp ? timestampMs(stamp) : null;
}

/** A day, in the reader's time zone; a calendar date (`2026-08-01`) stays the day it is everywhere. */
export function formatDate(value: number | string): string {
  if (typeof value === "number") return date.format(value);
  const parsed = Date.parse(value);
  if (Number.isNaN(parsed)) return value;
  return (/^\d{4}-\d{2}-\d{2}$/.test(value) ? dateUtc : date).format(parsed);
}

/** A moment, to the second, in the reader's time zone, which is named. */
export function formatDateTime(value: number | string): string {
  const parsed = typeof value === "number" ? value : Date.parse(value);
  return Number.isNaN(parsed) ? String(value) : dateTime.format(parsed);
}

/** A moment to come, to the minute; with its day where that is not today. */
export function formatUntil(value: number): string {
  const isToday = date.format(value) === date.format(Date.now());
  return (isToday ? minute : dayMinute).format(value);
}

/** The time of the day, to the second. */
export function formatTime(value: number): string {
  return time.format(value);
}
