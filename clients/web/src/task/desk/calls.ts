// The calls behind the desk: a verdict sent, a task handed on, a lease renewed, each answered in the desk's own words.
import { create } from "@bufbuild/protobuf";
import { durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import type { Api } from "../../api";
import { DecisionState } from "../../gen/andon/v1/decision_pb";
import { ReleaseReason, type ReviewRequest, ReviewRequestSchema } from "../../gen/andon/v1/review_service_pb";
import { type Lease, type Task, Verdict } from "../../gen/andon/v1/task_pb";
import type { Renew } from "./keeper";
import type { Send } from "./outbox";
import { type Refused, refusedBy } from "./refusals";
import type { Deed, VerdictCall, VerdictWord } from "./verdict";

export const VERDICTS: Readonly<Record<VerdictWord, Verdict>> = {
  approve: Verdict.APPROVE,
  reject: Verdict.REJECT,
  correct: Verdict.CORRECT,
};

/** How long an answer is waited for, in milliseconds. */
export const PATIENCE_MS = 15_000;

/** Sends what was decided to the server. Without an answer, or where the server asks to wait, the outbox tries again. */
export function sendBy(api: Pick<Api, "reviews">): Send {
  return async (call, _last, isRepeated) => {
    try {
      return { kind: "done", isOpen: await callOf(api, call) };
    } catch (error) {
      const refusal = refusedBy(error);
      if (!refusal) return { kind: "again" };
      return isRepeated && GONE.has(refusal.reason) ? repeated(call.verdict, refusal) : { kind: "refused", refusal };
    }
  };
}

/** Answers whether a verdict was recorded and the decision is still open: others are asked, too. */
async function callOf({ reviews }: Pick<Api, "reviews">, call: VerdictCall): Promise<boolean> {
  const handed = { name: call.task, leaseToken: call.leaseToken, comment: call.comment };
  const patience = { timeoutMs: PATIENCE_MS };
  if (call.verdict === "release") await reviews.releaseTask({ ...handed, reason: ReleaseReason.SKIP }, patience);
  else if (call.verdict === "escalate") await reviews.escalateTask(handed, patience);
  else {
    const { decision } = await reviews.review(requestOf(call, VERDICTS[call.verdict]), patience);
    return decision?.state === DecisionState.PENDING;
  }
  return false;
}

const GONE: ReadonlySet<string> = new Set(["LEASE_LOST", "TASK_CLOSED", "TASK_NOT_FOUND"]);

// Only a verdict has a request id. The others, once given without an answer, may well be what took the lease away.
function repeated(deed: Deed, refusal: Refused): Awaited<ReturnType<Send>> {
  if (deed === "release") return { kind: "done", isOpen: false };
  const text = "No answer came at first, and now the task is not yours any more. It may have been escalated or not.";
  return { kind: "refused", refusal: deed === "escalate" ? { ...refusal, text } : refusal };
}

/** Renews leases at the server, and tells `renewed` what it answered. */
export function renewBy(api: Pick<Api, "reviews">, renewed: (task: string, lease: Lease) => void): Renew {
  return async ({ task, token, durationMs: before }) => {
    try {
      const { lease } = await api.reviews.renewLease({ name: task, leaseToken: token }, { timeoutMs: PATIENCE_MS });
      if (lease) renewed(task, lease);
      return { kind: "renewed", durationMs: lease?.duration ? durationMs(lease.duration) : before };
    } catch (error) {
      return { kind: refusedBy(error) ? "lost" : "again" };
    }
  };
}

/** Gives leases back so that others need not wait until they lapse. Without an answer they lapse all the same. */
export function giveBack({ reviews }: Pick<Api, "reviews">, tasks: readonly Task[]): void {
  for (const { name, lease } of tasks) {
    if (!lease?.token) continue;
    const away = { name, leaseToken: lease.token, reason: ReleaseReason.AWAY };
    reviews.releaseTask(away, { timeoutMs: PATIENCE_MS }).catch(() => {});
  }
}

function requestOf(call: VerdictCall, verdict: Verdict): ReviewRequest {
  const { digest, opened, unopened, viewMs } = call.shown;
  return create(ReviewRequestSchema, {
    name: call.task,
    leaseToken: call.leaseToken,
    payloadHash: call.payloadHash,
    verdict,
    comment: call.comment,
    requestId: call.id,
    ...(call.correction === undefined ? {} : { correctedPrediction: call.correction }),
    shown: { digest, opened: [...opened], unopened: [...unopened], viewTime: durationFromMs(viewMs) },
  });
}
