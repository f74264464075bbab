// How a decision, or an appeal against it, has ended, in words.
import { Outcome, type Resolution, TimeoutDefault } from "../../gen/andon/v1/decision_pb";

/** The end in words, without a full stop. A deadline is never told as a person's verdict. */
export function endingWords({ outcome, resolvedBy: by, timeoutDefault }: Resolution): string {
  const rule = /^rule:(.*)/.exec(by)?.[1];
  const who = rule ? `the rule ${rule}` : by.startsWith("policy:") ? `the policy ${by.slice(7)}` : by;
  if (outcome === Outcome.EXPIRED) return expiredWords(timeoutDefault);
  if (outcome === Outcome.APPROVED) return `${who} approved it as the AI proposed`;
  if (outcome === Outcome.REJECTED) return `${who} rejected it`;
  if (outcome === Outcome.CORRECTED) return `${who} corrected it`;
  if (outcome === Outcome.CANCELLED) return `${who} withdrew it`;
  if (outcome === Outcome.AUTO_APPROVED) return `It passed without a person, by ${who || "the policies"}`;
  if (outcome === Outcome.BLOCKED) return `It was blocked without asking a person, by ${who || "the policies"}`;
  return `It ended in a way that this page does not know (${outcome}), by ${who}`;
}

function expiredWords(timeoutDefault: TimeoutDefault): string {
  if (timeoutDefault === TimeoutDefault.APPROVE) return "Nobody judged it in time; by the policy it may happen";
  if (timeoutDefault === TimeoutDefault.REJECT) return "Nobody judged it in time; by the policy it must not happen";
  return "Nobody judged it before its deadline, so it may not go ahead";
}
