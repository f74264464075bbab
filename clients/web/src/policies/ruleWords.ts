import { exactPercent } from "../decisions/words";
import { Route } from "../gen/andon/v1/decision_pb";
import type { Policy, PolicyRule } from "../gen/andon/v1/policy_service_pb";

const DOES: Readonly<Partial<Record<Route, string>>> = {
  [Route.AUTO_APPROVE]: "it may pass",
  [Route.REVIEW]: "it is held for review",
  [Route.BLOCK]: "it is blocked",
};

/** What a rule asks for, in one sentence without its condition: "it is held for review in the queue legal, within 1h". */
export function ruleEffect({ route, queue, deadline, priority, skills, sampleRate }: PolicyRule): string {
  const parts = [
    sampleRate > 0
      ? `it is held for review in a random ${exactPercent(sampleRate)} of cases`
      : (DOES[route] ?? "it is routed"),
    queue === "" ? "" : `in the queue ${queue}`,
    priority === "" ? "" : `with ${priority} priority or more`,
    deadline === "" ? "" : `within ${deadline}`,
    skills.length === 0 ? "" : `by somebody skilled in ${skills.join(" and ")}`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** The confidence threshold in a sentence; empty where the policy has none. */
export function thresholdSentence({ threshold, thresholdRoute }: Policy): string {
  if (threshold === "") return "";
  const number = Number(threshold);
  const below = Number.isFinite(number) ? exactPercent(number) : threshold;
  return `When confidence is below ${below}, ${DOES[thresholdRoute] ?? "it is held for review"}`;
}

/** The actions a policy governs, in words. */
export function actionWords(actions: readonly string[]): string {
  return actions.map((action) => (action === "*" ? "everything that no other policy governs" : action)).join(", ");
}
