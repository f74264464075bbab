import { Outcome, Route } from "../gen/andon/v1/decision_pb";
import { Priority, TaskKind } from "../gen/andon/v1/task_pb";
import { Badge, type Tone } from "./Badge";

type Words<E extends number> = Partial<Record<E, readonly [string, Tone]>>;

const ROUTES: Words<Route> = {
  [Route.AUTO_APPROVE]: ["passes", "good"],
  [Route.REVIEW]: ["review", "info"],
  [Route.BLOCK]: ["blocked", "bad"],
};
const OUTCOMES: Words<Outcome> = {
  [Outcome.APPROVED]: ["approved", "good"],
  [Outcome.REJECTED]: ["rejected", "bad"],
  [Outcome.CORRECTED]: ["corrected", "warn"],
  [Outcome.EXPIRED]: ["expired", "neutral"],
  [Outcome.CANCELLED]: ["cancelled", "neutral"],
  [Outcome.AUTO_APPROVED]: ["auto-approved", "good"],
  [Outcome.BLOCKED]: ["blocked", "bad"],
};
const PRIORITIES: Words<Priority> = {
  [Priority.LOW]: ["low", "neutral"],
  [Priority.MEDIUM]: ["medium", "neutral"],
  [Priority.HIGH]: ["high", "bad"],
};
const KINDS: Words<TaskKind> = {
  [TaskKind.GATE]: ["gate", "info"],
  [TaskKind.AUDIT]: ["audit", "neutral"],
  [TaskKind.APPEAL]: ["appeal", "warn"],
  [TaskKind.GOLD]: ["gold", "neutral"],
};

export const RouteBadge = ({ route }: { readonly route: Route }) => wordBadge(ROUTES, route);
export const OutcomeBadge = ({ outcome }: { readonly outcome: Outcome }) => wordBadge(OUTCOMES, outcome);
export const PriorityBadge = ({ priority }: { readonly priority: Priority }) => wordBadge(PRIORITIES, priority);
export const TaskKindBadge = ({ kind }: { readonly kind: TaskKind }) => wordBadge(KINDS, kind);

/** A value that a newer server knows and this page doesn't is shown as its number. */
function wordBadge<E extends number>(words: Words<E>, value: E) {
  const [text, tone] = words[value] ?? [`unknown (${value})`, "neutral" as const];
  return <Badge tone={tone}>{text}</Badge>;
}
