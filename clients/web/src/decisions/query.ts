import { DecisionState, Outcome, Route } from "../gen/andon/v1/decision_pb";
import { parseRange, type TimeRange, writeRange } from "./timeRange";

/** What is searched for. An empty text and an unspecified enum ask for nothing. */
export interface Query {
  readonly text: string;
  readonly action: string;
  readonly state: DecisionState;
  readonly outcome: Outcome;
  readonly route: Route;
  readonly subject: string;
  readonly submitter: string;
  readonly model: string;
  readonly rule: string;
  readonly resolvedBy: string;
  readonly range: TimeRange;
}

/** Everything that may be seen. */
export const EVERYTHING: Query = {
  text: "",
  action: "",
  state: DecisionState.UNSPECIFIED,
  outcome: Outcome.UNSPECIFIED,
  route: Route.UNSPECIFIED,
  subject: "",
  submitter: "",
  model: "",
  rule: "",
  resolvedBy: "",
  range: { kind: "any" },
};

/** The members that are plain text, by their name in the address. */
export const TEXT_FIELDS = {
  q: "text",
  action: "action",
  subject: "subject",
  submitter: "submitter",
  model: "model",
  rule: "rule",
  by: "resolvedBy",
} as const;

const STATES = { open: DecisionState.PENDING, ended: DecisionState.RESOLVED };
const OUTCOMES = {
  approved: Outcome.APPROVED,
  rejected: Outcome.REJECTED,
  corrected: Outcome.CORRECTED,
  expired: Outcome.EXPIRED,
  cancelled: Outcome.CANCELLED,
  "auto-approved": Outcome.AUTO_APPROVED,
  blocked: Outcome.BLOCKED,
};
const ROUTES = { "auto-approve": Route.AUTO_APPROVE, review: Route.REVIEW, block: Route.BLOCK };

/** The search that an address' parameters stand for. Unknown words are left out, so that old links go on working. */
export function parseQuery(params: URLSearchParams): Query {
  const words = Object.entries(TEXT_FIELDS).map(([param, field]) => [field, (params.get(param) ?? "").trim()]);
  return {
    ...EVERYTHING,
    ...(Object.fromEntries(words) as Pick<Query, (typeof TEXT_FIELDS)[keyof typeof TEXT_FIELDS]>),
    state: lookUp(STATES, params.get("state")) ?? DecisionState.UNSPECIFIED,
    outcome: lookUp(OUTCOMES, params.get("outcome")) ?? Outcome.UNSPECIFIED,
    route: lookUp(ROUTES, params.get("route")) ?? Route.UNSPECIFIED,
    range: parseRange(params),
  };
}

/** The parameters that `parseQuery` reads; the same search always gives the same address. */
export function writeQuery(query: Query): URLSearchParams {
  const params = new URLSearchParams();
  for (const [param, field] of Object.entries(TEXT_FIELDS)) set(params, param, query[field].trim());
  set(params, "state", wordOf(STATES, query.state));
  set(params, "outcome", wordOf(OUTCOMES, query.outcome));
  set(params, "route", wordOf(ROUTES, query.route));
  writeRange(query.range, params);
  return params;
}

/** How many conditions beside the free text are set. */
export function conditions(query: Query): number {
  const params = writeQuery(query);
  params.delete("q");
  if (params.has("from") && params.has("to")) params.delete("to");
  return params.size;
}

function lookUp<T>(table: Record<string, T>, word: string | null): T | undefined {
  return word !== null && Object.hasOwn(table, word) ? table[word] : undefined;
}

function wordOf<T>(table: Record<string, T>, value: T): string {
  return Object.keys(table).find((word) => table[word] === value) ?? "";
}

function set(params: URLSearchParams, name: string, value: string): void {
  if (value !== "") params.set(name, value);
}
