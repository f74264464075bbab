import { timestampMs } from "@bufbuild/protobuf/wkt";

import { formatDateTime, formatPercent, formatShare, formatSpan } from "../format";
import { type Decision, DecisionState, Outcome, Route } from "../gen/andon/v1/decision_pb";

/** A key of a table of words. */
export type Named<T> = keyof T;

/** The outcomes, as people call them. */
export const OUTCOME_WORDS: Readonly<Partial<Record<Outcome, string>>> = {
  [Outcome.APPROVED]: "Approved",
  [Outcome.REJECTED]: "Rejected",
  [Outcome.CORRECTED]: "Corrected",
  [Outcome.EXPIRED]: "Expired",
  [Outcome.CANCELLED]: "Cancelled",
  [Outcome.AUTO_APPROVED]: "Auto-approved",
  [Outcome.BLOCKED]: "Blocked",
};

/** The routes, as people call them. */
export const ROUTE_WORDS: Readonly<Partial<Record<Route, string>>> = {
  [Route.AUTO_APPROVE]: "Passes by itself",
  [Route.REVIEW]: "Held for review",
  [Route.BLOCK]: "Blocked",
};

/** That and when its personal data was erased; empty where it was not. */
export function erasedWords({ eraseTime }: Decision): string {
  return eraseTime === undefined ? "" : `Its personal data was erased on ${formatDateTime(timestampMs(eraseTime))}.`;
}

/** Open, or how it ended. */
export function statusWords(state: DecisionState, outcome: Outcome | undefined): string {
  if (state !== DecisionState.RESOLVED) return "Open";
  return (outcome === undefined ? undefined : OUTCOME_WORDS[outcome]) ?? "Ended";
}

/** A span of milliseconds; finer than seconds below ten of them: `850 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function spanWords(span: number): string {
  if (span < 1000) return `${Math.round(span)} ms`;
  return span < 10_000 ? `${Number((span / 1000).toFixed(1))} s` : formatSpan(span);
}

/** How long something waited; nobody counts what is below a second. */
export function waitWords(span: number): string {
  return span < 1000 ? "under a second" : spanWords(span);
}

/** An estimated share of 1 as per cent: whole, but a small one with enough digits not to be nothing. */
export function percent(share: number): string {
  const digits = share > 0 && share < 0.0095 ? (share < 0.00095 ? 2 : 1) : 0;
  return formatPercent(share, digits);
}

/** A stated share of 1, such as a confidence or a threshold, as per cent with all its digits (to 4). */
export function exactPercent(share: number): string {
  // What was reckoned from several shares has a tail of digits that nobody stated.
  return formatShare(Number(share.toFixed(6)));
}
