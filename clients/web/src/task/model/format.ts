// Single values in words and figures, moments in the reader's language and time zone. Nothing is ever rounded.
import { formatNumber, formatShare, withUnit } from "../../format";
import { FieldFormat } from "../../gen/andon/v1/task_pb";
import type { JsonValue } from "./json";

export interface Reader {
  readonly locale?: string | undefined;
  readonly timeZone?: string | undefined;
}

export interface Written {
  readonly text: string;
  /** The value as it was sent, where it is written otherwise. */
  readonly original?: string;
  /** What a reader should know of its type, such as `text` for the string "1". */
  readonly note?: string;
  /** The moment or day, machine-readable, where it is one. */
  readonly dateTime?: string;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const LOOKS_TYPED = /^\s*(true|false|null|[-+]?(\d[\d,.' ]*)([eE][-+]?\d+)?)?\s*$/i;

/** How a value without parts is written: a scalar, or an empty list or object. */
export function write(value: JsonValue, format: FieldFormat, unit: string, reader: Reader = {}): Written {
  if (value === null) return { text: "null", note: "no value" };
  if (typeof value === "boolean") return { text: String(value) };
  if (typeof value === "number") return writeNumber(value, format, unit);
  if (typeof value === "string") return writeText(value, format, unit, reader);
  return { text: JSON.stringify(value), note: Array.isArray(value) ? "empty list" : "empty object" };
}

function writeNumber(value: number, format: FieldFormat, unit: string): Written {
  const original = String(value);
  if (format === FieldFormat.TEXT || format === FieldFormat.CODE) return { text: withUnit(original, unit) };
  const text = format === FieldFormat.PERCENT ? formatShare(value) : formatNumber(value, unit);
  const isUnsafe = Number.isInteger(value) && !Number.isSafeInteger(value);
  const note = isUnsafe ? { note: "larger than a number holds exactly" } : {};
  return { text, ...(text.startsWith(original) ? {} : { original }), ...note };
}

function writeText(value: string, format: FieldFormat, unit: string, reader: Reader): Written {
  if (value === "") return { text: '""', note: "empty text" };
  if (format === FieldFormat.DATE) return writeDate(value, reader);
  if (format === FieldFormat.DATE_TIME) return writeMoment(value, reader);
  if (format === FieldFormat.NUMBER || format === FieldFormat.PERCENT)
    return { text: `"${value}"`, note: "text, not a number" };
  if (format === FieldFormat.UNSPECIFIED && LOOKS_TYPED.test(value)) return { text: `"${value}"`, note: "text" };
  if (format === FieldFormat.UNSPECIFIED && DATE_TIME.test(value)) return writeMoment(value, reader);
  return { text: withUnit(value, unit) };
}

function writeDate(value: string, reader: Reader): Written {
  const day = DATE.test(value) ? new Date(`${value}T00:00:00Z`) : undefined;
  if (!day || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== value)
    return { text: value, note: "not a date" };
  const text = new Intl.DateTimeFormat(reader.locale, { dateStyle: "medium", timeZone: "UTC" }).format(day);
  return { text, original: value, dateTime: value };
}

function writeMoment(value: string, reader: Reader): Written {
  const moment = DATE_TIME.test(value) ? new Date(value.replace(" ", "T")) : undefined;
  if (!moment || Number.isNaN(moment.getTime())) return { text: value, note: "not a moment" };
  return { text: writeTime(moment, reader), original: value, dateTime: moment.toISOString() };
}

/** A moment in the reader's zone, to the second, with the zone's name. */
function writeTime(moment: Date, reader: Reader = {}): string {
  return new Intl.DateTimeFormat(reader.locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
    ...(reader.timeZone === undefined ? {} : { timeZone: reader.timeZone }),
  }).format(moment);
}
