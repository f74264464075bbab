/** Spans back from now that can be chosen by name. */
const PRESETS = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 } as const;

/** The name of a span. */
export type Preset = keyof typeof PRESETS;

/** When decisions were submitted: at any time, within a span back from now, or between two moments. */
export type TimeRange =
  | { readonly kind: "any" }
  | { readonly kind: "last"; readonly span: Preset }
  | { readonly kind: "between"; readonly from?: number; readonly to?: number };

/** A range as two moments in milliseconds; either may be open. */
export interface Bounds {
  readonly from?: number;
  readonly to?: number;
}

/** The range as two moments, seen at `now`. */
export function bounds(range: TimeRange, now: number): Bounds {
  if (range.kind === "last") return { from: now - PRESETS[range.span] };
  if (range.kind === "any") return {};
  return {
    ...(range.from === undefined ? {} : { from: range.from }),
    ...(range.to === undefined ? {} : { to: range.to }),
  };
}

/** Reads `since`, or `from` and `to` (RFC 3339). What is not understood is left out. */
export function parseRange(params: URLSearchParams): TimeRange {
  const span = params.get("since");
  if (span !== null && isPreset(span)) return { kind: "last", span };
  const from = moment(params.get("from"));
  const to = moment(params.get("to"));
  return from === undefined && to === undefined ? { kind: "any" } : between(from, to);
}

/** Writes what `parseRange` reads. */
export function writeRange(range: TimeRange, params: URLSearchParams): void {
  if (range.kind === "last") params.set("since", range.span);
  if (range.kind !== "between") return;
  if (range.from !== undefined) params.set("from", new Date(range.from).toISOString());
  if (range.to !== undefined) params.set("to", new Date(range.to).toISOString());
}

/** The range between two moments; without either, any time. */
export function between(from: number | undefined, to: number | undefined): TimeRange {
  if (from === undefined && to === undefined) return { kind: "any" };
  return { kind: "between", ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** Whether this is the name of a span. */
export function isPreset(text: string): text is Preset {
  return Object.hasOwn(PRESETS, text);
}

/** A moment as `<input type="datetime-local">` wants it: local time, to the minute. */
export function toLocalInput(time: number | undefined): string {
  if (time === undefined) return "";
  const local = new Date(time - new Date(time).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** What `<input type="datetime-local">` gave, in milliseconds; undefined where it is empty or unfinished. */
export function fromLocalInput(text: string): number | undefined {
  return moment(text);
}

function moment(text: string | null): number | undefined {
  const time = text === null || text === "" ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** A moment in the reader's time zone, to the minute. */
export function momentText(time: number): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
