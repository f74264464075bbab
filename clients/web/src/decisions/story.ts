import type { JsonObject } from "@bufbuild/protobuf";

import { formatDateTime } from "../format";
import type { Decision } from "../gen/andon/v1/decision_pb";
import { type DecisionEvent, DecisionEventType } from "../gen/andon/v1/decision_service_pb";
import { type Change, difference } from "../task/model/diff";
import { isObject, type JsonValue } from "../task/model/json";
import { distinct, momentOf } from "../task/model/timeline";
import { type Named, ROUTE_WORDS, spanWords } from "./words";

/** A fact about an event. `code` is set where it is a hash or a path. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly code?: boolean;
}

/** What a story is told of. */
export type Decided = Pick<Decision, "prediction" | "resolution">;

/** What kind of thing happened, for its colour. */
export type Tone = "neutral" | "good" | "bad" | "changed" | "late";

/** One event of a decision in words. `time` is undefined where the server did not say. */
export interface Scene {
  readonly key: string;
  readonly text: string;
  readonly comment: string;
  readonly time: Date | undefined;
  readonly tone: Tone;
  readonly facts: readonly Fact[];
  readonly changes: readonly Change[];
}

/** All events in words. What the decision's resolution says already (comment, correction) is not told twice. */
export function toScenes(events: readonly DecisionEvent[], { prediction, resolution }: Decided): Scene[] {
  return distinct(events).map((event, index) => {
    const details = event.details ?? {};
    const moment = momentOf(event);
    const isOfAppeal = typeof details.level === "number" && details.level > 0;
    const isEnd = typeof details.outcome === "string" && resolution !== undefined && !isOfAppeal;
    return {
      key: `${event.sequence}-${index}`,
      ...moment,
      comment: isEnd && moment.comment === resolution.comment ? "" : moment.comment,
      tone: toneOf(event),
      facts: factsOf(event.type, details),
      changes: isEnd ? [] : changesOf(details, prediction),
    };
  });
}

/** Whether the reviewer differed from the AI, in words; empty where nobody judged. */
function overrideWords(details: JsonObject): string {
  if (typeof details.override !== "boolean") return "";
  return details.override ? "Yes: the verdict differs from the AI’s proposal" : "No: the verdict agrees with the AI";
}

function factsOf(type: DecisionEventType, details: JsonObject): Fact[] {
  if (type === DecisionEventType.SUBMITTED) return submission(details);
  if (type === DecisionEventType.REVIEWED) return review(details);
  if (type === DecisionEventType.LEASED)
    return stated(["Queue", text(details.queue)], ["Lease", ordinal(details.epoch)]);
  if (type === DecisionEventType.EXPIRED) return stated(["Held at the time by", text(details.holder)]);
  if (type === DecisionEventType.OPENED)
    return stated(["Queue", text(details.queue)], ["Skills", words(details.skills)]);
  if (type === DecisionEventType.CLIMBED || type === DecisionEventType.EXTENDED)
    return stated(["Due", moment(details.expire_time)]);
  if (type === DecisionEventType.AMENDED || type === DecisionEventType.REEVALUATED) return changed(details);
  return stated(["Queue", text(details.queue)]);
}

/** What a change of the proposal or of the policies has brought. */
function changed(details: JsonObject): Fact[] {
  const rules = Array.isArray(details.reasons) ? details.reasons.map((one) => (isObject(one) ? one.rule : "")) : [];
  const task = isObject(details.task) ? details.task : {};
  return [
    ...stated(
      ["Rules", words(rules.filter((rule) => rule !== undefined))],
      ["Verdict that does not count", text(details.verdict).toLowerCase()],
      ["Queue", text(task.queue)],
      ["Verdicts asked for", text(task.quorum)],
    ),
    ...stated(["Payload hash before", text(details.replaces)]).map((fact) => ({ ...fact, code: true })),
  ];
}

function submission(details: JsonObject): Fact[] {
  const task = isObject(details.task) ? details.task : {};
  return stated(
    ["Ended at once by", text(details.resolved_by)],
    ["Queue", text(task.queue)],
    ["Skills", words(task.skills)],
    ["Urgency", text(task.urgency)],
  );
}

function review(details: JsonObject): Fact[] {
  const shown = isObject(details.shown) ? details.shown : {};
  const blind = details.saw_prediction === false ? "No: a blind check" : "";
  return [
    ...stated(
      ["Override", overrideWords(details)],
      ["Saw the AI’s proposal", blind],
      ["Time in view", micros(shown.view_time)],
      ["Opened", words(shown.opened)],
      ["Not opened", words(shown.unopened)],
    ),
    ...stated(["Digest of what was shown", text(shown.digest)]).map((fact) => ({ ...fact, code: true })),
  ];
}

/** The changes with both values; where the correction is not told, the paths alone. */
function changesOf(details: JsonObject, prediction: JsonObject | undefined): Change[] {
  const corrected = details.corrected_prediction;
  if (isObject(corrected)) return difference(prediction, corrected);
  const paths = details.changed_fields;
  const known = Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : [];
  return known.map((path) => ({ path, before: undefined, after: undefined }));
}

function toneOf({ type, details }: DecisionEvent): Tone {
  if (type === DecisionEventType.REVIEWED) return verdictTone(details?.verdict);
  if (LATE.has(type)) return "late";
  if (CHANGED.has(type)) return "changed";
  return type === DecisionEventType.CANCELLED ? "bad" : "neutral";
}

const LATE: ReadonlySet<DecisionEventType> = new Set([
  DecisionEventType.EXPIRED,
  DecisionEventType.LAPSED,
  DecisionEventType.CLIMBED,
]);
const CHANGED: ReadonlySet<DecisionEventType> = new Set([
  DecisionEventType.AMENDED,
  DecisionEventType.REEVALUATED,
  DecisionEventType.APPEALED,
]);

function verdictTone(verdict: JsonValue | undefined): Tone {
  if (verdict === undefined) return "neutral";
  if (verdict === "APPROVE") return "good";
  return verdict === "CORRECT" ? "changed" : "bad";
}

function stated(...facts: (readonly [string, string])[]): Fact[] {
  return facts.filter(([, value]) => value !== "").map(([name, value]) => ({ name, value }));
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function words(value: JsonValue | undefined): string {
  return Array.isArray(value) ? value.map((item) => text(item)).join(", ") : "";
}

function ordinal(value: JsonValue | undefined): string {
  return typeof value === "number" ? `no. ${value} of this task` : "";
}

function moment(value: JsonValue | undefined): string {
  return typeof value === "number" ? formatDateTime(value / 1000) : "";
}

/** The ledger counts in microseconds. */
function micros(value: JsonValue | undefined): string {
  return typeof value === "number" ? spanWords(value / 1000) : "";
}

/** Why a decision was routed as it was, in one sentence. */
export function routeSentence(route: Named<typeof ROUTE_WORDS>, reasons: number, sampled: boolean): string {
  const cause = reasons === 0 ? "no rule asked for more" : `${reasons} ${reasons === 1 ? "rule" : "rules"} matched`;
  return `${ROUTE_WORDS[route] ?? "Routed"}: ${cause}${sampled ? "; the random sample drew it" : ""}.`;
}
