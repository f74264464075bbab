import { type Decision, DecisionState, Outcome } from "../gen/andon/v1/decision_pb";
import { Badge, OutcomeBadge } from "../ui";

/** Open, or how it ended. */
export function StatusBadge({ decision: { state, resolution } }: { readonly decision: Decision }) {
  if (state !== DecisionState.RESOLVED) return <Badge tone="info">open</Badge>;
  return <OutcomeBadge outcome={resolution?.outcome ?? Outcome.UNSPECIFIED} />;
}
