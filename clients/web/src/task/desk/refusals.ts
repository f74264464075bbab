// The server's refusals of a verdict in words, and where on the page they belong.
import { Code } from "@connectrpc/connect";
import { type Refusal, refusalOf } from "../../api/refusal";

export type Place = "comment" | "correction" | "fields" | "lease" | "task" | "call";

export interface Fault {
  /** Where in the correction, such as `lines[2].price`; empty for the whole. */
  readonly path: string;
  readonly text: string;
}

export interface Refused {
  /** The reason of the contract, such as `LEASE_LOST`; empty where the server gave none. */
  readonly reason: string;
  readonly place: Place;
  readonly text: string;
  readonly faults: readonly Fault[];
}

type Words = string | ((metadata: Refusal["metadata"]) => string);

const WORDS: Readonly<Record<string, readonly [Place, Words]>> = {
  COMMENT_REQUIRED: ["comment", "The policy asks for a comment with this verdict."],
  CORRECTION_INVALID: ["correction", "The correction does not fit what the policy allows."],
  PAYLOAD_TOO_LARGE: ["correction", "The correction is larger than the server takes."],
  PAYLOAD_TOO_DEEP: ["correction", "The correction is nested deeper than the server takes."],
  FIELDS_NOT_OPENED: ["fields", "This can't be undone: open every long or covered field first."],
  LEASE_LOST: [
    "lease",
    "The task is not yours any more: its lease lapsed, or somebody else holds it. Nothing was decided.",
  ],
  TASK_CLOSED: ["task", "The task had ended before this arrived. Your verdict does not count."],
  DECISION_RESOLVED: ["task", "The decision had ended before this arrived. Your verdict does not count."],
  PAYLOAD_CHANGED: ["task", "The caller has changed this decision, so your verdict does not count. Read it again."],
  POLICY_STRICTER: [
    "task",
    ({ rule }) =>
      `The policies are stricter now${rule ? ` (rule ${rule})` : ""}: your verdict does not count, and the stricter answer is recorded.`,
  ],
  SELF_REVIEW: ["task", "You submitted this decision, so you can't judge it."],
  ACTION_NOT_ALLOWED: [
    "task",
    ({ action = "" }) => `Your credentials do not cover ${action || "this action"} any more.`,
  ],
  DELEGATED: ["task", "You act for somebody else by these credentials, so they give no verdicts."],
  ROLE_REQUIRED: ["task", "Your role does not allow this."],
  QUEUE_NOT_ALLOWED: ["task", "You don't serve this queue."],
  SKILLS_REQUIRED: ["task", ({ skills = "" }) => lackingWords(skills)],
  CONFLICT_OF_INTEREST: ["task", ({ conflict = "" }) => conflictWords(conflict)],
  TASK_NOT_FOUND: ["task", "There is no such task, or it is not yours to see."],
  NO_ESCALATION: ["call", "The policy names nobody to escalate this to, or it is there already."],
  NO_MORE_TIME: ["call", ({ why }) => `No more time is given${why ? `: ${why}` : ""}.`],
  NOT_APPEALABLE: ["call", ({ why }) => `It can't be appealed${why ? `: ${why}` : ""}.`],
  REQUEST_ID_REUSED: ["call", "The server has another verdict under the same number. Give it again."],
};

// The same call may well succeed later: an overload, a restart, a token that has to be given anew.
const PASSING: ReadonlySet<Code> = new Set([
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Canceled,
  Code.Unknown,
  Code.Internal,
  Code.ResourceExhausted,
  Code.Unauthenticated,
]);

/** What was refused for good; undefined where the call may be repeated as it is. */
export function refusedBy(error: unknown): Refused | undefined {
  const refusal = refusalOf(error);
  return PASSING.has(refusal.code) ? undefined : inWords(refusal);
}

/** Any failure in words, also one that is worth another try. */
export function failureWords(error: unknown): string {
  const refusal = refusalOf(error);
  if (refusal.code === Code.Unauthenticated) return "You are not signed in any more.";
  if (["RATE_EXCEEDED", "QUOTA_EXCEEDED"].includes(refusal.reason)) return refusal.text;
  if (refusal.code === Code.ResourceExhausted) return "The server has too much to do just now.";
  return inWords(refusal).text;
}

function inWords(refusal: Refusal): Refused {
  const [place, words] = WORDS[refusal.reason] ?? (["call", refusal.text] as const);
  const text = typeof words === "string" ? words : words(refusal.metadata);
  const faults = refusal.fields.map(({ field, text: why }) => ({ path: withoutRoot(field), text: why }));
  return { reason: refusal.reason, place, text, faults };
}

function lackingWords(skills: string): string {
  const group = /@([^\s,]+)/.exec(skills)?.[1];
  return group ? `This task asks for a member of ${group}.` : "You lack a skill that this task asks for.";
}

function conflictWords(conflict: string): string {
  if (conflict === "judged_before") return "You have judged this decision before, or passed it on.";
  return "You have an interest in this decision, so you can't judge it.";
}

function withoutRoot(field: string): string {
  return field.replace(/^corrected_prediction(\.|$)/, "");
}
