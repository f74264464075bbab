// The calls behind the desk: a verdict sent, a lease renewed, each answered in the desk's own words.
import { create } from "@bufbuild/protobuf";
import { durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import type { Api } from "../../api";
import { type ReviewRequest, ReviewRequestSchema } from "../../gen/andon/v1/review_service_pb";
import { type Lease, Verdict } from "../../gen/andon/v1/task_pb";
import type { Renew } from "./keeper";
import type { Send } from "./outbox";
import { refusedBy } from "./refusals";
import type { VerdictCall, VerdictWord } from "./verdict";

export const VERDICTS: Readonly<Record<VerdictWord, Verdict>> = {
  approve: Verdict.APPROVE,
  reject: Verdict.REJECT,
  correct: Verdict.CORRECT,
};

const PATIENCE_MS = 15_000;

/** Sends verdicts to the server. Without an answer, or where the server asks to wait, the outbox tries again. */
export function sendBy(api: Pick<Api, "reviews">): Send {
  return async (call) => {
    try {
      await api.reviews.review(requestOf(call), { timeoutMs: PATIENCE_MS });
      return { kind: "done" };
    } catch (error) {
      const refusal = refusedBy(error);
      return refusal ? { kind: "refused", refusal } : { kind: "again" };
    }
  };
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

function requestOf(call: VerdictCall): ReviewRequest {
  const { digest, opened, unopened, viewMs } = call.shown;
  return create(ReviewRequestSchema, {
    name: call.task,
    leaseToken: call.leaseToken,
    payloadHash: call.payloadHash,
    verdict: VERDICTS[call.verdict],
    comment: call.comment,
    requestId: call.id,
    ...(call.correction === undefined ? {} : { correctedPrediction: call.correction }),
    shown: { digest, opened: [...opened], unopened: [...unopened], viewTime: durationFromMs(viewMs) },
  });
}
