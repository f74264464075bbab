// Why a decision was held, in words.
import { formatShare } from "../../format";
import { type Decision, type Reason, Route, type Routing } from "../../gen/andon/v1/decision_pb";
import { TaskKind } from "../../gen/andon/v1/task_pb";

export interface Held {
  readonly rule: string;
  readonly text: string;
}

/** Every rule that asked for it, strictest first; never empty. */
export function heldBecause(decision: Decision): Held[] {
  const reasons = [...(decision.routing?.reasons ?? [])].sort((a, b) => b.route - a.route);
  if (reasons.length > 0) return reasons.map(toHeld);
  return [{ rule: "", text: "No rule says why. What no policy governs goes to a person." }];
}

function toHeld(reason: Reason): Held {
  const text = reason.text === "" ? `Rule ${reason.rule}` : reason.text;
  const route =
    reason.route === Route.AUTO_APPROVE
      ? " (would let it pass)"
      : reason.route === Route.BLOCK
        ? " (asks to block it)"
        : "";
  return { rule: reason.rule, text: `${text}${route}` };
}

/** How sure the model is, against what the policy asks; undefined where there is no threshold. */
export function thresholdWords(decision: Decision): string | undefined {
  const { confidence, routing } = decision;
  if (confidence === undefined || routing?.threshold === undefined) return undefined;
  const side = confidence < routing.threshold ? "below" : "not below";
  return `Confidence ${formatShare(confidence)} is ${side} the threshold of ${formatShare(routing.threshold)}.`;
}

/** What the coin had to do with it; undefined where it was not drawn. */
export function sampledWords(routing: Routing | undefined): string | undefined {
  if (!routing?.sampled) return undefined;
  const rate =
    routing.reviewPropensity < 1 ? ` Of such decisions ${formatShare(routing.reviewPropensity)} are drawn.` : "";
  return `Drawn at random, not because something is wrong.${rate}`;
}

/** What kind of work it is, where it is not the usual one. */
export function kindWords(kind: TaskKind): string | undefined {
  if (kind === TaskKind.AUDIT) return "A check: the decision has already passed.";
  if (kind === TaskKind.APPEAL) return "An appeal: a second look at a decision that has ended.";
  return undefined;
}

/** The headline where the policy gives no sentence. */
export function effectOf(decision: Decision, effect: string | undefined): string {
  if (effect) return effect;
  const how = Object.keys(decision.prediction ?? {}).length > 0 ? " as the AI proposes" : "";
  return `If you approve, ${decision.action} is carried out${how}.`;
}
