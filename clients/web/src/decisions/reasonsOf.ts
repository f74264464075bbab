import { formatMoney } from "../format";
import type { Decision } from "../gen/andon/v1/decision_pb";
import { exactPercent, percent } from "./words";

/** A rule that had a say, with its words: what it says of itself, else its id. */
export interface RuleSaid {
  readonly rule: string;
  readonly text: string;
}

/** Why a decision was routed as it was: every rule once, in words. */
export function reasonsOf({ routing }: Decision): RuleSaid[] {
  const rules = new Map((routing?.reasons ?? []).map(({ rule, text }) => [rule, text || rule]));
  return [...rules].map(([rule, text]) => ({ rule, text }));
}

/** The same with the rules' ids, a line for each. */
export function ruleLines(decision: Decision): string {
  return reasonsOf(decision)
    .map(({ rule, text }) => `${rule}: ${text}`)
    .join("\n");
}

/** The AI's confidence as per cent; where that was too little, of what the policy asks: `75 % of 85 %`. */
export function confidenceWords({ confidence, routing }: Decision): string {
  if (confidence === undefined) return "";
  const threshold = routing?.threshold;
  if (threshold === undefined || confidence >= threshold) return percent(confidence);
  const write = percent(confidence) === percent(threshold) ? exactPercent : percent;
  return `${write(confidence)} of ${write(threshold)}`;
}

/** The same, exactly and in full; null where the AI told none. */
export function confidenceInFull({ confidence, routing }: Decision): string | null {
  if (confidence === undefined) return null;
  const threshold = routing?.threshold;
  if (threshold === undefined) return `${exactPercent(confidence)}; no threshold was in force`;
  const side = confidence < threshold ? "below" : "at or above";
  return `${exactPercent(confidence)}, ${side} the threshold of ${exactPercent(threshold)}`;
}

/** What is at stake, where the decision says it. */
export function amountWords({ attributes }: Decision): string {
  return attributes?.amount === undefined ? "" : formatMoney(attributes.amount, attributes.currency);
}

/** Who ended it, without the words that the status says already. */
export function resolverOf({ resolution }: Decision): string {
  return resolution?.resolvedBy ?? "";
}
