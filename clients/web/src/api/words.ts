import type { Refusal } from "./refusal";

type Known = Pick<Refusal, "metadata" | "retryAfterMs">;

/** Refusals that any page may meet, in words that say what to do. All others stand as the server says them. */
const WORDS: Readonly<Record<string, (refusal: Known) => string>> = {
  ACTION_NOT_ALLOWED: ({ metadata: { action = "" } }) =>
    action === "*"
      ? "Your credentials cover some actions only, and this is for those that cover all."
      : `Your credentials do not cover the action ${action}.`,
  DELEGATED: () =>
    "These credentials act for somebody else, so they give no verdicts. Sign in as yourself to give your own.",
  RATE_EXCEEDED: ({ retryAfterMs }) =>
    `That was more at a time than the server takes from one person. Try again ${soon(retryAfterMs)}.`,
  QUOTA_EXCEEDED: ({ metadata: { quota = "", limit = "" } }) =>
    quota === "streams"
      ? `You have this page open more than ${limit} times. Close it somewhere else, and it goes on here.`
      : `You have reached your limit of ${limit} ${quota.replaceAll("_", " ")}.`,
  ISSUER_UNAVAILABLE: ({ metadata: { issuer = "" } }) =>
    `Andon can’t ask ${hostOf(issuer) || "your issuer"} at the moment whether your sign-in is good. Try again shortly.`,
  RECEIPT_UNBACKED: () =>
    "What is stored of this decision is not what the ledger says, so no receipt is signed. Tell whoever runs Andon.",
  NOT_RESOLVED: () => "The decision has not ended yet, so there is no receipt.",
};

/** What a reason means, for people; undefined where the server's own words are the best. */
export function wordsOf(reason: string, known: Known): string | undefined {
  return Object.hasOwn(WORDS, reason) ? WORDS[reason]?.(known) : undefined;
}

function soon(ms: number | null): string {
  const seconds = Math.ceil((ms ?? 0) / 1000);
  return seconds > 1 ? `in ${seconds} seconds` : "in a moment";
}

function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : "";
}
