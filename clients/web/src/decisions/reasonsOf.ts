import { type Decision, Route } from "../gen/andon/v1/decision_pb";
import { exactPercent } from "./words";

/** Why a decision was routed as it was, as briefly as a list can say it: the rules' ids. */
export function reasonsOf({ routing }: Decision): string {
  const rules = [...new Set(routing?.reasons.map(({ rule }) => rule) ?? [])];
  if (rules.length > 0) return rules.join(", ");
  return routing?.route === Route.AUTO_APPROVE ? "–" : "";
}

/** The AI's confidence as per cent, beside the threshold it was held to. */
export function confidenceWords({ confidence, routing }: Decision): string {
  if (confidence === undefined) return "";
  const below = routing?.threshold !== undefined && confidence < routing.threshold;
  return below ? `${exactPercent(confidence)} < ${exactPercent(routing.threshold ?? 0)}` : exactPercent(confidence);
}

/** Who ended it, without the words that the status says already. */
export function resolverOf({ resolution }: Decision): string {
  return resolution?.resolvedBy ?? "";
}
