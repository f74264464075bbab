// What has happened to a decision, in words.

import { type DecisionEvent, DecisionEventType } from "../../gen/andon/v1/decision_service_pb";
import { isObject, type JsonValue } from "./json";

export interface Moment {
  readonly text: string;
  readonly comment: string;
  readonly time: Date | undefined;
}

/** One event in a sentence. An event this page does not know is told as such, not hidden. */
export function momentOf(event: DecisionEvent): Moment {
  const seconds = event.createTime?.seconds;
  const time =
    seconds === undefined ? undefined : new Date(Number(seconds) * 1000 + (event.createTime?.nanos ?? 0) / 1e6);
  return { text: sentence(event), comment: word(event.details?.comment), time };
}

function sentence(event: DecisionEvent): string {
  const { actor, details } = event;
  switch (event.type) {
    case DecisionEventType.SUBMITTED:
      return `${actor} submitted it${routeWords(word(details?.route))}`;
    case DecisionEventType.LEASED:
      return `${actor} took it`;
    case DecisionEventType.RELEASED:
      return `${actor} gave it back`;
    case DecisionEventType.LAPSED:
      return `The lease of ${word(details?.holder) || actor} lapsed`;
    case DecisionEventType.ESCALATED:
      return `${actor === "deadline" ? "The deadline passed: it" : actor} ${escalated(details, actor)}`;
    case DecisionEventType.REVIEWED:
      return `${actor} ${verdictWords(word(details?.verdict))}`;
    case DecisionEventType.EXPIRED:
      return "The deadline passed and nobody had judged it";
    case DecisionEventType.CANCELLED:
      return `${actor} withdrew it`;
    default:
      return `Something this page does not know happened (by ${actor || "the server"})`;
  }
}

function escalated(details: DecisionEvent["details"], actor: string): string {
  const queue = word(details?.queue) || word(details?.to) || (isObject(details?.task) ? word(details.task.queue) : "");
  const to = queue === "" ? "the next queue" : `queue ${queue}`;
  return actor === "deadline" ? `went to ${to}` : `handed it to ${to}`;
}

function routeWords(route: string): string {
  if (route === "REVIEW") return ": held for a person";
  if (route === "AUTO_APPROVE") return ": passed by the policy";
  return route === "BLOCK" ? ": blocked by the policy" : "";
}

function verdictWords(verdict: string): string {
  if (verdict === "APPROVE") return "approved it";
  if (verdict === "REJECT") return "rejected it";
  return verdict === "CORRECT" ? "corrected it" : "judged it";
}

function word(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
