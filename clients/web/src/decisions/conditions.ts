import { DecisionState, Outcome, Route } from "../gen/andon/v1/decision_pb";
import { EVERYTHING, type Query } from "./query";
import { momentText, type TimeRange } from "./timeRange";
import { OUTCOME_WORDS, ROUTE_WORDS } from "./words";

/** A condition of a search in words, and the change that takes it away. */
export interface Condition {
  readonly words: string;
  readonly without: Partial<Query>;
}

/** The conditions that are set, beside the free text. */
export function conditionsOf(query: Query): Condition[] {
  const words: Partial<Record<keyof Query, string>> = {
    range: rangeWords(query.range),
    state: query.state === DecisionState.UNSPECIFIED ? "" : query.state === DecisionState.PENDING ? "open" : "ended",
    outcome: query.outcome === Outcome.UNSPECIFIED ? "" : (OUTCOME_WORDS[query.outcome] ?? ""),
    route: query.route === Route.UNSPECIFIED ? "" : (ROUTE_WORDS[query.route] ?? ""),
    action: named("action", query.action),
    subject: named("subject", query.subject),
    submitter: named("submitter", query.submitter),
    model: named("model", query.model),
    rule: named("rule", query.rule),
    resolvedBy: named("resolved by", query.resolvedBy),
  };
  return (Object.entries(words) as [keyof Query, string][])
    .filter(([, text]) => text !== "")
    .map(([field, text]) => ({ words: text, without: { [field]: EVERYTHING[field] } }));
}

function named(name: string, value: string): string {
  return value === "" ? "" : `${name} ${value}`;
}

function rangeWords(range: TimeRange): string {
  if (range.kind === "any") return "";
  if (range.kind === "last") return `last ${range.span.replace(/(\d+)([hd])/, "$1 $2")}`;
  const [from, to] = [range.from, range.to].map((time) => (time === undefined ? "" : momentText(time)));
  return [from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(" ");
}
