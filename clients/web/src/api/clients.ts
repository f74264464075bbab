import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { DecisionService } from "../gen/andon/v1/decision_service_pb";
import { FeedbackService } from "../gen/andon/v1/feedback_service_pb";
import { InsightService } from "../gen/andon/v1/insight_service_pb";
import { PolicyService } from "../gen/andon/v1/policy_service_pb";
import { ReviewService } from "../gen/andon/v1/review_service_pb";
import { SessionService } from "../gen/andon/v1/session_service_pb";

/** A typed client for every service. */
export interface Api {
  readonly decisions: Client<typeof DecisionService>;
  readonly reviews: Client<typeof ReviewService>;
  readonly feedback: Client<typeof FeedbackService>;
  readonly insight: Client<typeof InsightService>;
  readonly policies: Client<typeof PolicyService>;
  readonly session: Client<typeof SessionService>;
}

/** Clients that share one transport. */
export function createApi(transport: Transport): Api {
  return {
    decisions: createClient(DecisionService, transport),
    reviews: createClient(ReviewService, transport),
    feedback: createClient(FeedbackService, transport),
    insight: createClient(InsightService, transport),
    policies: createClient(PolicyService, transport),
    session: createClient(SessionService, transport),
  };
}
