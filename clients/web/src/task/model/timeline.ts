// What has happened to a decision, in words.

import { formatStep } from "../../format";
import { type DecisionEvent, DecisionEventType } from "../../gen/andon/v1/decision_service_pb";
import { isObject, type JsonObject, type JsonValue } from "./json";

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
      return details?.skip === true ? `${actor} passed it on` : `${actor} gave it back`;
    case DecisionEventType.LAPSED:
      return `The lease of ${word(details?.holder) || actor} lapsed`;
    case DecisionEventType.ESCALATED:
      return `${actor === "deadline" ? `${late(details)}: it` : actor} ${escalated(details, actor)}`;
    case DecisionEventType.REVIEWED:
      return actor === "" ? HIDDEN : `${actor} ${verdictWords(word(details?.verdict))}`;
    case DecisionEventType.EXPIRED:
      return "The deadline passed and nobody had judged it";
    case DecisionEventType.CANCELLED:
      return `${actor} withdrew it`;
    default:
      return changed(event);
  }
}

const HIDDEN = "A verdict was given (hidden until yours)";
const UNNAMED = "Somebody (hidden until your verdict)";

/** What happens to the work on a decision, to its proposal and to its end. */
function changed({ type, actor, details = {} }: DecisionEvent): string {
  switch (type) {
    case DecisionEventType.OPENED:
      return `One more person is asked${word(details.group) && `, of ${word(details.group)}`}`;
    case DecisionEventType.CLOSED:
      return "A task was closed: no verdict on it is needed any more";
    case DecisionEventType.CLIMBED:
      return climbed(details);
    case DecisionEventType.EXTENDED:
      return `${actor} asked for more time${typeof details.by === "number" ? `: +${formatStep(details.by / 1000)}` : ""}`;
    case DecisionEventType.AMENDED:
      return `${actor} changed what it proposes${routeWords(word(details.route))}`;
    case DecisionEventType.REEVALUATED:
      return `The policies had become stricter${routeWords(word(details.route))}`;
    case DecisionEventType.APPEALED:
      return `${actor} contested its end`;
    case DecisionEventType.VIEWED:
      return `${actor || UNNAMED} looked at it`;
    case DecisionEventType.READ:
      return `${actor || UNNAMED} read its sensitive fields`;
    case DecisionEventType.REDEEMED:
      return `${actor} redeemed the answer`;
    case DecisionEventType.ERASED:
      return `${actor} erased ${details.earlier_proposals ? "what it had proposed about somebody else" : "its personal data"}`;
    default:
      return `Something this page does not know happened (by ${actor || "the server"})`;
  }
}

function climbed(details: JsonObject): string {
  const { at, notify, skills } = details;
  const steps = [
    notify === true && "reviewers were reminded",
    word(details.priority) && `its priority is ${word(details.priority).toLowerCase()}`,
    Array.isArray(skills) &&
      (skills.length === 0 ? "anybody may judge it" : `those with ${skills.join(", ")} may judge it`),
  ].filter(Boolean);
  return `Time went by${share(at)}${steps.length > 0 ? `: ${steps.join(", ")}` : ""}`;
}

function share(at: JsonValue | undefined): string {
  return typeof at === "number" ? ` (${at}\u00a0% of its time)` : "";
}

/** What moved it: its deadline, or a rung of the policy's ladder before that. */
function late(details: DecisionEvent["details"]): string {
  return typeof details?.at === "number" ? `Time went by${share(details.at)}` : "The deadline passed";
}

/** Told of each of the tasks that several people have on one decision; once is enough. */
const SHARED: ReadonlySet<DecisionEventType> = new Set([
  DecisionEventType.CLOSED,
  DecisionEventType.CLIMBED,
  DecisionEventType.EXTENDED,
  DecisionEventType.AMENDED,
  DecisionEventType.REEVALUATED,
]);

/** The events without those that tell the same of another task of the decision. */
export function distinct(events: readonly DecisionEvent[]): DecisionEvent[] {
  return events.filter((event, at) => {
    const before = events[at - 1];
    return !(before && SHARED.has(event.type) && isSameMoment(event, before));
  });
}

function isSameMoment(one: DecisionEvent, other: DecisionEvent): boolean {
  const [here, there] = [one.createTime, other.createTime];
  const isSameTime = here?.seconds === there?.seconds && here?.nanos === there?.nanos;
  return one.type === other.type && one.actor === other.actor && isSameTime;
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
