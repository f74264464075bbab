// What a task asks of its reviewer where one verdict does not end the decision, in words.
import { SeatRole, type Task } from "../../gen/andon/v1/task_pb";

type Asked = Pick<Task, "quorum" | "group">;

/** How many verdicts are needed, what this one counts for, and what is hidden; undefined where one verdict is enough. */
export function quorumWords({ quorum, group }: Asked): string | undefined {
  if (!quorum) return undefined;
  const { expression, role, veto, blind } = quorum;
  return [
    neededWords(expression),
    roleWords(role, group),
    veto.length > 0 && `a rejection by ${veto.join(" or ")} ends it`,
    blind && "others' verdicts stay hidden until yours is given",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Whether the verdict is one of several, so that it may leave the decision open. */
export function isShare({ quorum }: Pick<Task, "quorum">): boolean {
  return quorum !== undefined && quorum.role !== SeatRole.TIE_BREAK;
}

/** `1 of risk and 1 of legal` needs two. */
export function neededWords(expression: string): string {
  const needs = expression.split(" and ").map((term) => Number.parseInt(term, 10) || 0);
  const need = needs.reduce((sum, one) => sum + one, 0);
  const count = `${need} ${need === 1 ? "verdict" : "verdicts"} needed`;
  return expression === String(need) ? count : `${count} (${expression})`;
}

function roleWords(role: SeatRole, group: string): string {
  if (role === SeatRole.EXTRA) return "verdicts differed: yours is asked in addition";
  if (role === SeatRole.TIE_BREAK) return "verdicts differed: yours decides";
  return group === "" ? "" : `yours counts for ${group}`;
}
