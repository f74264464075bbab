import { useEffect, useRef } from "react";
import { hrefOfName } from "../app/route";
import { formatMoney, formatPercent } from "../format";
import type { Decision } from "../gen/andon/v1/decision_pb";
import type { Task } from "../gen/andon/v1/task_pb";
import { useHasQueues } from "../live";
import { Age } from "../ui/Age";
import { Deadline } from "./Deadline";
import { toggleSelected, useSelection } from "./selection";
import classes from "./TaskRow.module.css";
import { urgencyOf } from "./urgency";

interface Props {
  readonly task: Task;
  readonly mine: boolean;
  readonly atCursor: boolean;
  readonly open: boolean;
  readonly onOpenAgain: () => void;
}

/** One task in the list: what it is about, how urgent it is, why it was held. */
export function TaskRow({ task, mine, atCursor, open, onOpenAgain }: Props) {
  const link = useRef<HTMLAnchorElement>(null);
  const urgency = urgencyOf(task);
  const hasQueues = useHasQueues();
  const reasons = reasonsOf(task);
  useEffect(() => {
    // The focus follows the cursor through the list, but is not taken from where somebody works.
    if (atCursor && document.activeElement?.closest("[data-inbox-row]")) link.current?.focus({ preventScroll: true });
  }, [atCursor]);
  return (
    <div className={classes.row} data-inbox-row data-open={open} data-cursor={atCursor} data-urgency={urgency.level}>
      {mine && <Selector task={task} />}
      <a
        ref={link}
        className={classes.link}
        href={hrefOfName(task.name)}
        aria-current={open ? "true" : undefined}
        onClick={() => open && onOpenAgain()}
      >
        <span className={classes.line}>
          <span className={classes.what}>{whatOf(task)}</span>
          {task.expireTime ? <Deadline at={task.expireTime} /> : <Age since={task.createTime} />}
        </span>
        <span className={classes.line}>
          <span className={classes.why} title={reasons.join("\n")}>
            {reasons[0]}
          </span>
          <span className={classes.facts}>
            {[task.level > 0 && "appeal", hasQueues && task.queue, sureOf(task)].filter(Boolean).join(" · ")}
          </span>
          {urgency.word && (
            <span className={classes.urgency} data-urgency={urgency.level}>
              {urgency.word}
            </span>
          )}
          {task.expireTime && <Age since={task.createTime} className={classes.age} />}
        </span>
      </a>
    </div>
  );
}

function Selector({ task }: { readonly task: Task }) {
  const selected = useSelection().has(task.name);
  return (
    <input
      type="checkbox"
      className={classes.select}
      checked={selected}
      tabIndex={-1}
      onChange={() => toggleSelected(task.name)}
      aria-label={`Select ${whatOf(task)}`}
    />
  );
}

/** What approving does, where the policy says it in a sentence; else the action, what is at stake and whose it is. */
function whatOf({ presentation, decision }: Task): string {
  const parts = [decision?.action, stakeOf(decision), decision?.attributes?.subject];
  return presentation?.effect || parts.filter(Boolean).join(" · ");
}

function reasonsOf({ decision }: Task): string[] {
  return (decision?.routing?.reasons ?? []).map(({ text, rule }) => text || rule);
}

function sureOf({ decision }: Task): string {
  return decision?.confidence === undefined ? "" : `${formatPercent(decision.confidence)} sure`;
}

function stakeOf(decision: Decision | undefined): string {
  const { amount, currency } = decision?.attributes ?? {};
  return amount === undefined ? "" : formatMoney(amount, currency ?? "");
}
